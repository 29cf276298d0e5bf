// Speaks to a credential helper through the reference client of docker-credential-helpers, the way Docker does.
//
// usage: go-client HELPER get KEY | store KEY (user name and secret as two lines on stdin) | erase KEY | list
//
// What the client library returned goes to stdout as one JSON object. The exit code is 3 for the library's typed
// not-found and 1 for any other error, whose text goes to stderr.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/docker/docker-credential-helpers/client"
	"github.com/docker/docker-credential-helpers/credentials"
)

func run(helper client.ProgramFunc, verb string, key string) (any, error) {
	switch verb {
	case "get":
		return client.Get(helper, key)
	case "store":
		lines := bufio.NewScanner(os.Stdin)
		login := credentials.Credentials{ServerURL: key}
		for _, field := range []*string{&login.Username, &login.Secret} {
			if lines.Scan() {
				*field = lines.Text()
			}
		}
		return struct{}{}, client.Store(helper, &login)
	case "erase":
		return struct{}{}, client.Erase(helper, key)
	case "list":
		return client.List(helper)
	}
	return nil, fmt.Errorf("unknown verb '%s'", verb)
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: go-client HELPER VERB [KEY]")
		os.Exit(2)
	}
	key := ""
	if len(os.Args) > 3 {
		key = os.Args[3]
	}
	answer, err := run(client.NewShellProgramFunc(os.Args[1]), os.Args[2], key)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		if credentials.IsErrCredentialsNotFound(err) {
			os.Exit(3)
		}
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
