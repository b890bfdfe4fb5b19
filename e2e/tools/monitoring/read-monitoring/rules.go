package main

import (
	"errors"
	"fmt"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

// As Prometheus loads them.
func expressionsOfRules(text []byte) ([]expression, error) {
	groups, errs := rulefmt.Parse(text, false, model.UTF8Validation, parser.NewParser(parser.Options{}))
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	var all []expression
	for _, group := range groups.Groups {
		for _, rule := range group.Rules {
			all = append(all, expression{place: fmt.Sprintf("alert %s", rule.Alert), text: rule.Expr})
		}
	}
	return all, nil
}
