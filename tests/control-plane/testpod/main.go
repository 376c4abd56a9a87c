// Command testpod is all there is in the test images: a program for pods, and
// for "kubectl exec" into them, where there is no shell. It is also the pause
// container of every pod, and the init process of the host they run on.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const usage = `usage:
  testpod pause [LINE...]        print the lines, then wait to be told to end
  testpod tick INTERVAL TEXT...  print the text with a number, again and again
  testpod echo TEXT...           print the text
  testpod cat                    copy standard input to standard output
  testpod exit CODE [AFTER]      exit with this code, after a while
  testpod listen PORT            send back what comes in over TCP
  testpod eat MEBIBYTES          use this much memory, then wait
`

// memory is what "eat" ate. It lives here so that it is never collected.
var memory []byte

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "testpod: %v\n%s", err, usage)
		os.Exit(2)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		args = []string{"pause"}
	}
	command, args := args[0], args[1:]
	switch {
	case command == "pause":
		for _, line := range args {
			fmt.Println(line)
		}
		pause()
	case command == "tick" && len(args) > 1:
		interval, err := time.ParseDuration(args[0])
		if err != nil {
			return err
		}
		go func() {
			for n := 1; ; n++ {
				fmt.Println(n, strings.Join(args[1:], " "))
				time.Sleep(interval)
			}
		}()
		pause()
	case command == "echo":
		fmt.Println(strings.Join(args, " "))
	case command == "cat":
		_, err := io.Copy(os.Stdout, os.Stdin)
		return err
	case command == "exit" && len(args) > 0:
		code, err := strconv.Atoi(args[0])
		if err != nil {
			return err
		}
		if len(args) > 1 {
			after, err := time.ParseDuration(args[1])
			if err != nil {
				return err
			}
			time.Sleep(after)
		}
		os.Exit(code)
	case command == "listen" && len(args) > 0:
		l, err := net.Listen("tcp", ":"+args[0])
		if err != nil {
			return err
		}
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					continue
				}
				go func() {
					io.Copy(c, c)
					c.Close()
				}()
			}
		}()
		pause()
	case command == "eat" && len(args) > 0:
		size, err := strconv.Atoi(args[0])
		if err != nil {
			return err
		}
		memory = make([]byte, size<<20)
		for i := 0; i < len(memory); i += os.Getpagesize() {
			memory[i] = 1
		}
		fmt.Println("ate", size, "MiB")
		pause()
	default:
		return fmt.Errorf("unknown command or missing argument: %s", command)
	}
	return nil
}

// pause waits for SIGTERM or SIGINT. As the first process of a PID namespace it
// is the parent of every orphan in there, and collects them when they end.
func pause() {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGCHLD)
	for s := range signals {
		if s != syscall.SIGCHLD {
			return
		}
		for {
			if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 || err != nil {
				break
			}
		}
	}
}
