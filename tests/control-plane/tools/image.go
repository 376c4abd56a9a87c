package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

// image writes an image that holds one static binary and nothing else, in the
// form that "docker save" writes and that containerd imports.
func image(w io.Writer, name, binary string, args []string) error {
	content, err := os.ReadFile(binary)
	if err != nil {
		return err
	}
	if err := isStatic(content); err != nil {
		return fmt.Errorf("%s: %w", binary, err)
	}
	path := filepath.Base(binary)

	var layer bytes.Buffer
	if err := writeTar(&layer, file{path, 0o755, content}); err != nil {
		return err
	}
	config, err := json.Marshal(map[string]any{
		"architecture": runtime.GOARCH,
		"os":           "linux",
		"config": map[string]any{
			"Env":        []string{"PATH=/"},
			"Entrypoint": []string{"/" + path},
			"Cmd":        args,
		},
		"rootfs": map[string]any{
			"type":     "layers",
			"diff_ids": []string{fmt.Sprintf("sha256:%x", sha256.Sum256(layer.Bytes()))},
		},
	})
	if err != nil {
		return err
	}
	manifest, err := json.Marshal([]map[string]any{{
		"Config":   "config.json",
		"RepoTags": []string{name},
		"Layers":   []string{"layer.tar"},
	}})
	if err != nil {
		return err
	}
	return writeTar(w,
		file{"layer.tar", 0o644, layer.Bytes()},
		file{"config.json", 0o644, config},
		file{"manifest.json", 0o644, manifest})
}

// isStatic refuses a binary that asks for a dynamic loader: the image has none,
// and the pod would only say "no such file or directory".
func isStatic(content []byte) error {
	f, err := elf.NewFile(bytes.NewReader(content))
	if err != nil {
		return err
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return fmt.Errorf("is linked dynamically, a static binary is needed")
		}
	}
	return nil
}

type file struct {
	name    string
	mode    int64
	content []byte
}

func writeTar(w io.Writer, files ...file) error {
	t := tar.NewWriter(w)
	for _, f := range files {
		header := &tar.Header{Name: f.name, Mode: f.mode, Size: int64(len(f.content)), Typeflag: tar.TypeReg}
		if err := t.WriteHeader(header); err != nil {
			return err
		}
		if _, err := t.Write(f.content); err != nil {
			return err
		}
	}
	return t.Close()
}
