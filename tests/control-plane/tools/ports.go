package main

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strconv"
)

// ports prints count ports that nothing listens on. It stays below the range
// the kernel picks from for outgoing connections (from 32768 up): a test stops
// the API server and starts it again, and its port must not be taken meanwhile,
// least of all by a client that reaches itself while it tries to reconnect.
func ports(w io.Writer, count string) error {
	n, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	var lastErr error
	for tries := 0; n > 0; tries++ {
		if tries == 1000 {
			return errors.Join(errors.New("no free port on 127.0.0.1"), lastErr)
		}
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(10000)))
		if err != nil {
			lastErr = err
			continue
		}
		// Held until the end, so that no port is printed twice.
		defer l.Close()
		fmt.Fprintln(w, l.Addr().(*net.TCPAddr).Port)
		n--
	}
	return nil
}
