{{- define "scoped.labels" -}}
app.kubernetes.io/name: scoped-agent
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* What a publisher needs of its one secret. 'create' and 'list' hold to the name, too: server-side apply asks for the
     one with it, and the list is by the name's field. */}}
{{- define "scoped.rule" -}}
- apiGroups: [""]
  resources: [secrets]
  resourceNames: [{{ .secret | quote }}]
  verbs: [get, create, patch{{ if .namespace_selector }}, list{{ end }}]
{{- end }}
