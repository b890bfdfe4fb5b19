package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
)

// By Grafana's own types, and nothing may be left over that they do not know.
func expressionsOfDashboard(text []byte) ([]expression, error) {
	plugins.RegisterDefaultPlugins()
	// It looks at everything and loses the panels: its list of errors is never nil, and it takes that for an error.
	if err := new(dashboard.Dashboard).UnmarshalJSONStrict(text); err != nil && err.Error() != "" {
		return nil, err
	}
	var board dashboard.Dashboard
	if err := json.Unmarshal(text, &board); err != nil {
		return nil, err
	}
	if err := board.Validate(); err != nil {
		return nil, err
	}
	if err := nothingIsLost(text, board); err != nil {
		return nil, err
	}
	var all []expression
	for _, panel := range panels(board) {
		place := "panel " + *panel.Title
		if len(panel.Targets) == 0 {
			return nil, errors.New(place + ": shows nothing")
		}
		for _, target := range panel.Targets {
			query, isPrometheus := target.(*prometheus.Dataquery)
			if !isPrometheus {
				return nil, fmt.Errorf("%s: asks %s", place, target.DataqueryType())
			}
			one := expression{place: place, text: query.Expr}
			if query.LegendFormat != nil && *query.LegendFormat != "__auto" {
				one.legend = *query.LegendFormat
			}
			all = append(all, one)
		}
	}
	return all, nil
}

func panels(board dashboard.Dashboard) []dashboard.Panel {
	var all []dashboard.Panel
	for _, one := range board.Panels {
		if one.Panel != nil {
			all = append(all, *one.Panel)
		}
		if one.RowPanel != nil {
			all = append(all, one.RowPanel.Panels...)
		}
	}
	return all
}

// A part of a panel is not decoded strictly: what the types do not know is missing when it is written again.
func nothingIsLost(text []byte, board dashboard.Dashboard) error {
	again, err := json.Marshal(board)
	if err != nil {
		return err
	}
	var before, after any
	if err := errors.Join(json.Unmarshal(text, &before), json.Unmarshal(again, &after)); err != nil {
		return err
	}
	return isIn(before, after, "$")
}

func isIn(before, after any, path string) error {
	switch before := before.(type) {
	case map[string]any:
		there, isMap := after.(map[string]any)
		if !isMap {
			return fmt.Errorf("%s: not known to Grafana", path)
		}
		for key, value := range before {
			kept, isKept := there[key]
			if !isKept && !isEmpty(value) {
				return fmt.Errorf("%s.%s: not known to Grafana", path, key)
			}
			if isKept {
				if err := isIn(value, kept, path+"."+key); err != nil {
					return err
				}
			}
		}
	case []any:
		there, isList := after.([]any)
		if !isList || len(there) != len(before) {
			return fmt.Errorf("%s: not known to Grafana", path)
		}
		for i := range before {
			if err := isIn(before[i], there[i], fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
	default:
		one, _ := json.Marshal(before)
		other, _ := json.Marshal(after)
		if !bytes.Equal(one, other) {
			return fmt.Errorf("%s: %s became %s", path, one, other)
		}
	}
	return nil
}

func isEmpty(value any) bool {
	list, isList := value.([]any)
	return value == nil || isList && len(list) == 0
}
