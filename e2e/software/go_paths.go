// Go's net/http and net/url: go run go_paths.go. Reads paths from its input, one a line, and answers each with what a
// server has made of it and the pattern that its mux has chosen, with a tab between them; "-" where there is none.
package main

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"strings"
)

func main() {
	mux := http.NewServeMux()
	answer := func(http.ResponseWriter, *http.Request) {}
	for _, pattern := range []string{"/finance/", "/exact", "/"} {
		mux.HandleFunc(pattern, answer)
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		text := "GET " + lines.Text() + " HTTP/1.1\r\nHost: localhost\r\n\r\n"
		request, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
		if err != nil {
			fmt.Println("-\t-")
			continue
		}
		_, pattern := mux.Handler(request)
		fmt.Printf("%s\t%s\n", request.URL.Path, pattern)
	}
}
