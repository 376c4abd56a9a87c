package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"time"
)

// client is someone who calls the API server: the certificate's common name is
// the user, its organization the group.
type client struct {
	file, user, group string
}

var clients = []client{
	{"admin", "podbay-test-admin", "system:masters"},
	{"kube-controller-manager", "system:kube-controller-manager", ""},
	{"kube-scheduler", "system:kube-scheduler", ""},
	{"kubelet", "system:node:localhost", "system:nodes"},
}

// certs writes into dir the authority (ca), the certificates of the API server
// (kube-apiserver) and the kubelet (kubelet-server), the one the API server
// shows the kubelet (kube-apiserver-kubelet-client), the key that signs service
// account tokens (service-account), and a kubeconfig for every client.
func certs(dir, server string, names []string) error {
	u, err := url.Parse(server)
	if err != nil {
		return err
	}
	ca, err := newAuthority(dir)
	if err != nil {
		return err
	}
	if _, _, err := ca.issue("kube-apiserver", "kube-apiserver", "", append(names, u.Hostname())); err != nil {
		return err
	}
	if _, _, err := ca.issue("kubelet-server", "localhost", "", []string{"localhost", "127.0.0.1"}); err != nil {
		return err
	}
	if _, _, err := ca.issue("kube-apiserver-kubelet-client", "kube-apiserver", "system:masters", nil); err != nil {
		return err
	}
	for _, c := range clients {
		cert, key, err := ca.issue(c.file, c.user, c.group, nil)
		if err != nil {
			return err
		}
		if err := write(dir, c.file+".kubeconfig", kubeconfig(server, c.user, ca.pem, cert, key)); err != nil {
			return err
		}
	}
	_, err = newKey(dir, "service-account")
	return err
}

type authority struct {
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

func newAuthority(dir string) (*authority, error) {
	key, err := newKey(dir, "ca")
	if err != nil {
		return nil, err
	}
	template, err := newTemplate("podbay-test-ca", "")
	if err != nil {
		return nil, err
	}
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.KeyUsage |= x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	a := &authority{dir, cert, key, encode("CERTIFICATE", der)}
	return a, write(dir, "ca.crt", a.pem)
}

// issue makes a key and a certificate: a server's if it has names, else a client's.
func (a *authority) issue(file, user, group string, names []string) (certPEM, keyPEM []byte, err error) {
	key, err := newKey(a.dir, file)
	if err != nil {
		return nil, nil, err
	}
	template, err := newTemplate(user, group)
	if err != nil {
		return nil, nil, err
	}
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if len(names) > 0 {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return nil, nil, err
	}
	certPEM = encode("CERTIFICATE", der)
	if err := write(a.dir, file+".crt", certPEM); err != nil {
		return nil, nil, err
	}
	keyPEM, err = encodeKey(key)
	return certPEM, keyPEM, err
}

func newTemplate(user, group string) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: user},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().AddDate(1, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
	if group != "" {
		template.Subject.Organization = []string{group}
	}
	return template, nil
}

func newKey(dir, file string) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	content, err := encodeKey(key)
	if err != nil {
		return nil, err
	}
	return key, write(dir, file+".key", content)
}

func encodeKey(key *ecdsa.PrivateKey) ([]byte, error) {
	// The one form from which the API server also takes the public key.
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return encode("EC PRIVATE KEY", der), nil
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func write(dir, file string, content []byte) error {
	return os.WriteFile(filepath.Join(dir, file), content, 0o600)
}

// kubeconfig holds keys and certificates themselves rather than their paths, so
// that a copy of it works too.
func kubeconfig(server, user string, ca, cert, key []byte) []byte {
	return fmt.Appendf(nil, `apiVersion: v1
kind: Config
current-context: podbay-test
contexts:
- name: podbay-test
  context:
    cluster: podbay-test
    user: %[2]q
clusters:
- name: podbay-test
  cluster:
    server: %[1]q
    certificate-authority-data: %[3]s
users:
- name: %[2]q
  user:
    client-certificate-data: %[4]s
    client-key-data: %[5]s
`, server, user, base64.StdEncoding.EncodeToString(ca), base64.StdEncoding.EncodeToString(cert), base64.StdEncoding.EncodeToString(key))
}
