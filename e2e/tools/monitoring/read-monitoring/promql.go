package main

import (
	"fmt"
	"sort"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
)

// One of them, and where it stands.
type expression struct {
	place string
	text  string
	// The text that names a series in a legend.
	legend string
}

// What one expression asks for.
type selector struct {
	Place  string `json:"place"`
	Metric string `json:"metric"`
	// Label, operator and value.
	Matchers [][3]string `json:"matchers"`
	// Labels by which the expression groups or joins, or which its legend shows.
	Labels []string `json:"labels"`
}

// What Grafana puts into an expression before it asks.
var ofGrafana = strings.NewReplacer("$__rate_interval", "5m", "$__range", "6h", "$__interval", "1m")

func (e expression) selectors() ([]selector, error) {
	tree, err := parser.NewParser(parser.Options{}).ParseExpr(ofGrafana.Replace(e.text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.place, err)
	}
	var found []selector
	named := namesInLegend(e.legend)
	parser.Inspect(tree, func(node parser.Node, _ []parser.Node) error {
		switch node := node.(type) {
		case *parser.VectorSelector:
			found = append(found, selector{Place: e.place, Metric: node.Name, Matchers: matchers(node)})
		case *parser.AggregateExpr:
			named = append(named, node.Grouping...)
		case *parser.BinaryExpr:
			if node.VectorMatching != nil {
				named = append(named, node.VectorMatching.MatchingLabels...)
				named = append(named, node.VectorMatching.Include...)
			}
		}
		return nil
	})
	if len(found) == 0 {
		return nil, fmt.Errorf("%s: asks for no series", e.place)
	}
	sort.Strings(named)
	for i := range found {
		found[i].Labels = named
	}
	return found, nil
}

func matchers(node *parser.VectorSelector) [][3]string {
	var all [][3]string
	for _, matcher := range node.LabelMatchers {
		if matcher.Name != model.MetricNameLabel {
			all = append(all, [3]string{matcher.Name, matcher.Type.String(), matcher.Value})
		}
	}
	return all
}

// The labels in `{{…}}`.
func namesInLegend(legend string) []string {
	var names []string
	for _, part := range strings.Split(legend, "{{")[1:] {
		name, _, _ := strings.Cut(part, "}}")
		names = append(names, strings.TrimSpace(name))
	}
	return names
}
