// The kubelet's end of a port-forward, by Kubernetes' own streaming server, for connections that an API server passes on:
// /portForward/<pod>/<port of 127.0.0.1>?port=<port of the pod>. Prints the port that it listens on; ends with its standard input.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"k8s.io/cri-streaming/pkg/streaming/portforward"
)

const (
	idleTimeout     = 4 * time.Hour
	creationTimeout = 30 * time.Second
	// what the other direction gets once one has ended, as in containerd
	graceTime = time.Second
)

type pods struct{}

// PortForward joins a stream with the port of 127.0.0.1 that the request has in place of a pod's uid.
func (pods) PortForward(_ context.Context, _ string, uid string, port int32, stream io.ReadWriteCloser) error {
	conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", uid))
	if err != nil {
		return fmt.Errorf("failed to connect to localhost:%d inside the pod: %w", port, errors.Unwrap(err))
	}
	defer conn.Close()
	ended := make(chan error, 2)
	go join(ended, stream, conn)
	go join(ended, conn, stream)
	first := <-ended
	select {
	case second := <-ended:
		return errors.Join(first, second)
	case <-time.After(graceTime):
		return first
	}
}

func join(ended chan<- error, to io.Writer, from io.Reader) {
	_, err := io.Copy(to, from)
	ended <- err
}

func serve(w http.ResponseWriter, r *http.Request) {
	options, err := portforward.NewV4Options(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	pod, uid := r.PathValue("pod"), r.PathValue("uid")
	portforward.ServePortForward(w, r, pods{}, pod, uid, options, idleTimeout, creationTimeout, portforward.SupportedProtocols)
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	http.HandleFunc("/portForward/{pod}/{uid}", serve)
	fmt.Fprintln(os.Stderr, http.Serve(listener, nil))
	os.Exit(1)
}
