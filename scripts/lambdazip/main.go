// Command lambdazip packs a program as AWS Lambda takes it: a zip file with the
// one entry "bootstrap" that may be executed. The same program gives the same
// bytes, so that a deployment sees whether anything has changed.
//
//	go run ./scripts/lambdazip PROGRAM FILE.zip
package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"time"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("lambdazip: ")
	if err := run(os.Args[1:], os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// run packs args[0] into args[1] and prints its size and SHA-256.
func run(args []string, stdout io.Writer) error {
	if len(args) != 2 {
		return errors.New("usage: lambdazip PROGRAM FILE.zip")
	}
	program, err := os.ReadFile(args[0]) //nolint:gosec // whoever runs this names the file
	if err != nil {
		return err
	}
	packed, err := pack(program)
	if err != nil {
		return err
	}
	if err := os.WriteFile(args[1], packed, 0o644); err != nil { //nolint:gosec // nothing in it is secret
		return err
	}
	_, err = fmt.Fprintf(stdout, "%s: %d bytes, SHA-256 %x\n", args[1], len(packed), sha256.Sum256(packed))
	return err
}

// epoch is the earliest time that a zip file can carry.
func epoch() time.Time { return time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC) }

// pack returns the zip file.
func pack(program []byte) ([]byte, error) {
	var file bytes.Buffer
	archive := zip.NewWriter(&file)
	archive.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestCompression)
	})
	header := &zip.FileHeader{Name: "bootstrap", Method: zip.Deflate, Modified: epoch()}
	header.SetMode(0o755)
	entry, err := archive.CreateHeader(header)
	if err != nil {
		return nil, err
	}
	if _, err := entry.Write(program); err != nil {
		return nil, err
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	return file.Bytes(), nil
}
