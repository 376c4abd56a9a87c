// Command tools does what the scripts of this directory need and a shell does
// badly. It uses nothing but the standard library, so it is built in seconds.
package main

import (
	"fmt"
	"os"
)

const usage = `usage:
  tools certs DIR URL [NAME...]         keys, certificates and kubeconfigs for the API server at URL,
                                        which further NAMEs or addresses may also reach
  tools image NAME BINARY [ARGUMENT...] an image of one static binary, as a tar on stdout
  tools ports COUNT                     free ports of 127.0.0.1, one a line
`

func main() {
	var err error
	switch args := os.Args[1:]; {
	case len(args) >= 3 && args[0] == "certs":
		err = certs(args[1], args[2], args[3:])
	case len(args) >= 3 && args[0] == "image":
		err = image(os.Stdout, args[1], args[2], args[3:])
	case len(args) == 2 && args[0] == "ports":
		err = ports(os.Stdout, args[1])
	default:
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "tools:", err)
		os.Exit(1)
	}
}
