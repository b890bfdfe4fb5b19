{{- /* The variables that pluginConfig names, each once, as a JSON list. */ -}}
{{- define "vestibule.variables" -}}
{{- $client := .Values.pluginConfig.client -}}
{{- $jwt := (.Values.pluginConfig.upstream).jwt | default dict -}}
{{- $sources := list $client.secret $client.private_key $jwt.key -}}
{{- $sources = concat $sources .Values.pluginConfig.session.secrets ($jwt.other_keys | default list) -}}
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

{{- /* The module, what happens where it fails, and its configuration: below `spec`, or below `spec.wasm`. */ -}}
{{- define "vestibule.module" -}}
url: oci://{{ .Values.image.repository }}@{{ .Values.image.digest }}
imagePullPolicy: IfNotPresent
{{- with .Values.image.pullSecret }}
imagePullSecret: {{ . }}
{{- end }}
failStrategy: {{ .Values.failStrategy }}
vmConfig:
  env:
    {{- range include "vestibule.variables" . | fromJsonArray }}
    - {name: {{ . }}, valueFrom: HOST}
    {{- end }}
pluginConfig: {{- include "vestibule.pluginConfig" . | nindent 2 }}
{{- end -}}
