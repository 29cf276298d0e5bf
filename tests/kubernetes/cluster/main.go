// The parts of Kubernetes that the tests use, as one program by name:
//
//	cluster kube-apiserver FLAGS    the API server
//	cluster kubectl ARGUMENTS       its command line
//	cluster keyring                 kubelet's own reading of a pull secret: on stdin {"image": I, "secret": S} a
//	                                line, on stdout the logins a line, in the order in which kubelet tries them
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	v1 "k8s.io/api/core/v1"
	"k8s.io/component-base/cli"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	"k8s.io/kubernetes/pkg/credentialprovider"
	"k8s.io/kubernetes/pkg/credentialprovider/secrets"
)

type request struct {
	Image  string    `json:"image"`
	Secret v1.Secret `json:"secret"`
}

type login struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

func lookUp(asked request) ([]login, error) {
	keyring, err := secrets.MakeDockerKeyring([]v1.Secret{asked.Secret}, &credentialprovider.BasicDockerKeyring{})
	if err != nil {
		return nil, err
	}
	found := []login{}
	configs, _ := keyring.Lookup(asked.Image)
	for _, each := range configs {
		found = append(found, login{each.Username, each.Password})
	}
	return found, nil
}

func keyring() error {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 4<<20)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var asked request
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			return err
		}
		found, err := lookUp(asked)
		if err != nil {
			return err
		}
		if err := answers.Encode(found); err != nil {
			return err
		}
	}
	return lines.Err()
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: cluster kube-apiserver|kubectl|keyring ...")
		os.Exit(2)
	}
	name := os.Args[1]
	os.Args = os.Args[1:]
	switch name {
	case "kube-apiserver":
		os.Exit(cli.Run(apiserver.NewAPIServerCommand()))
	case "kubectl":
		os.Exit(cli.Run(kubectl.NewDefaultKubectlCommand()))
	case "keyring":
		if err := keyring(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	default:
		fmt.Fprintf(os.Stderr, "unknown part %q\n", name)
		os.Exit(2)
	}
}
