{{- /* The variables that pluginConfig names, each once, as a JSON list. */ -}}
{{- define "vestibule.variables" -}}
{{- $client := .Values.pluginConfig.client -}}
{{- $sources := concat (list $client.secret $client.private_key) .Values.pluginConfig.session.secrets -}}
{{- $names := list -}}
{{- range compact $sources }}{{ $names = append $names .env }}{{ end -}}
{{- uniq $names | toJson -}}
{{- end -}}

{{- /* pluginConfig; in a sidecar with the clusters that add TLS to the filter's own calls only. */ -}}
{{- define "vestibule.pluginConfig" -}}
{{- $config := deepCopy .Values.pluginConfig -}}
{{- if .Values.sidecar -}}
{{- $clusters := dict -}}
{{- range .Values.providerHosts }}{{ $_ := set $clusters . (printf "outbound|443|vestibule|%s" .) }}{{ end -}}
{{- $config = merge $config (dict "provider" (dict "clusters" $clusters)) -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}
