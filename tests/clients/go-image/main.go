// Does with containers/image, the library under podman, skopeo, buildah and CRI-O, what those do with it.
//
// usage: go-image get|logout HOST | login HOST (two lines on stdin: user name, password) | copy SOURCE TARGET
//
// $REGISTRY_AUTH_FILE and $CONTAINERS_REGISTRIES_CONF name the settings, as for those programs. An error goes
// to stderr, exit code 1.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"go.podman.io/image/v5/copy"
	"go.podman.io/image/v5/directory"
	"go.podman.io/image/v5/docker"
	"go.podman.io/image/v5/oci/layout"
	"go.podman.io/image/v5/pkg/docker/config"
	"go.podman.io/image/v5/signature"
	"go.podman.io/image/v5/types"
)

type transport interface {
	Name() string
	ParseReference(reference string) (types.ImageReference, error)
}

// parse reads "TRANSPORT:REST"; only the transports that the test uses are linked.
func parse(name string) (types.ImageReference, error) {
	for _, each := range []transport{docker.Transport, directory.Transport, layout.Transport} {
		if prefix := each.Name() + ":"; len(name) > len(prefix) && name[:len(prefix)] == prefix {
			return each.ParseReference(name[len(prefix):])
		}
	}
	return nil, fmt.Errorf("no transport for '%s'", name)
}

func copyImage(system *types.SystemContext, from string, to string) error {
	source, err := parse(from)
	if err != nil {
		return err
	}
	target, err := parse(to)
	if err != nil {
		return err
	}
	everything := &signature.Policy{Default: []signature.PolicyRequirement{signature.NewPRInsecureAcceptAnything()}}
	policy, err := signature.NewPolicyContext(everything)
	if err != nil {
		return err
	}
	defer func() { _ = policy.Destroy() }()
	options := &copy.Options{SourceCtx: system, DestinationCtx: system}
	_, err = copy.Image(context.Background(), policy, target, source, options)
	return err
}

func login(system *types.SystemContext, host string) error {
	lines := bufio.NewScanner(os.Stdin)
	fields := []string{}
	for lines.Scan() {
		fields = append(fields, lines.Text())
	}
	if len(fields) != 2 {
		return fmt.Errorf("two lines were expected on stdin, not %d", len(fields))
	}
	if err := docker.CheckAuth(context.Background(), system, fields[0], fields[1], host); err != nil {
		return err
	}
	_, err := config.SetCredentials(system, host, fields[0], fields[1])
	return err
}

func run(arguments []string) error {
	system := &types.SystemContext{
		AuthFilePath:             os.Getenv("REGISTRY_AUTH_FILE"),
		SystemRegistriesConfPath: os.Getenv("CONTAINERS_REGISTRIES_CONF"),
	}
	switch {
	case len(arguments) == 2 && arguments[0] == "login":
		return login(system, arguments[1])
	case len(arguments) == 2 && arguments[0] == "get":
		found, err := config.GetCredentials(system, arguments[1])
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(found)
	case len(arguments) == 2 && arguments[0] == "logout":
		return config.RemoveAuthentication(system, arguments[1])
	case len(arguments) == 3 && arguments[0] == "copy":
		return copyImage(system, arguments[1], arguments[2])
	}
	return fmt.Errorf("usage: go-image login|get|logout HOST | copy SOURCE TARGET")
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
