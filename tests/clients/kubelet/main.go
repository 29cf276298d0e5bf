// Kubelet's own credential provider code, as a program: registers the providers of a CredentialProviderConfig
// and looks up images as an image pull does. One image a line on stdin, one JSON object a line on stdout, with
// the credentials in the order in which kubelet would try them. What kubelet would log goes to stderr.
//
//	kubelet-lookup CONFIG BIN_DIR
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/kubernetes/pkg/credentialprovider/plugin"
)

type credentials struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

type found struct {
	Image string        `json:"image"`
	Auth  []credentials `json:"auth"`
}

func lookUp(image string) found {
	keyring := plugin.NewExternalCredentialProviderDockerKeyring("default", "pod", "uid", "")
	configs, _ := keyring.Lookup(image)
	answer := found{Image: image, Auth: []credentials{}}
	for _, each := range configs {
		answer.Auth = append(answer.Auth, credentials{each.Username, each.Password})
	}
	return answer
}

func run(config, binaries string) error {
	// No provider of these tests has tokenAttributes, so nobody asks for a service account.
	if err := plugin.RegisterCredentialProviderPlugins(config, binaries, nil, nil); err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if err := out.Encode(lookUp(lines.Text())); err != nil {
			return err
		}
	}
	return lines.Err()
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: kubelet-lookup CONFIG BIN_DIR")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
