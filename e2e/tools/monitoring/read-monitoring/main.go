// Reads what wasmplugin/monitoring holds, as Prometheus and Grafana do, for the test that compares it with real metrics.
//
//	read-monitoring dashboard FILE
//	read-monitoring rules FILE
//
// Each selector of each expression becomes a line of JSON. What Grafana's own types or Prometheus' own parser do not take
// ends it with exit code 1.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) != 2 {
		return errors.New("usage: read-monitoring dashboard|rules FILE")
	}
	read, known := map[string]func([]byte) ([]expression, error){
		"dashboard": expressionsOfDashboard,
		"rules":     expressionsOfRules,
	}[arguments[0]]
	if !known {
		return fmt.Errorf("%s: neither dashboard nor rules", arguments[0])
	}
	text, err := os.ReadFile(arguments[1])
	if err != nil {
		return err
	}
	expressions, err := read(text)
	if err != nil {
		return fmt.Errorf("%s: %w", arguments[1], err)
	}
	out := json.NewEncoder(os.Stdout)
	for _, expression := range expressions {
		selectors, err := expression.selectors()
		if err != nil {
			return fmt.Errorf("%s: %w", arguments[1], err)
		}
		for _, selector := range selectors {
			if err := out.Encode(selector); err != nil {
				return err
			}
		}
	}
	return nil
}
