{{- define "ktsn.image" -}}
{{- required "image.name is empty: build and push the image with './ktsn image --push docker://REGISTRY/ktsn:0.1.0', and give --set image.name=REGISTRY/ktsn:0.1.0" .Values.image.name -}}
{{- end -}}

{{- define "ktsn.labels" -}}
app.kubernetes.io/name: ktsn
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion }}
{{- end -}}

{{- define "ktsn.selector" -}}
app.kubernetes.io/name: ktsn
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- /* KTSNd's configuration: what the other values say, and above it what "configuration" says. */ -}}
{{- define "ktsn.configuration" -}}
{{- $hostRun := .Values.paths.openvswitch | trimPrefix "/var" | trimPrefix "/run/" -}}
{{- $all := dict
      "org.ktsn.binder.ovs" (dict "ovs.run.directory" (printf "/host/run/%s" $hostRun))
      "org.ktsn.cni" (dict
        "cdi.directory" .Values.paths.cdi
        "ipam.directory" "/usr/lib/cni"
        "library" (printf "%s/libktsn.so" .Values.paths.library))
      "org.ktsn.dataplane.memory" (dict "memory.mib" .Values.hugepages.mebioctets) -}}
{{- with .Values.processors -}}
{{- if hasKey . "launcher" -}}
{{- $_ := set $all "org.ktsn.dataplane" (dict "launcher.cpu" .launcher "planner.cpu" .planner) -}}
{{- end -}}
{{- end -}}
{{- with .Values.broker -}}
{{- if .urls -}}
{{- $mqtt := dict "brokers" .urls "network" .network -}}
{{- if and (contains "mqtts:" .urls) (not .tlsSecret) -}}
{{- fail "broker.tlsSecret is empty, and broker.urls has mqtts://: the image trusts no authority of itself; name a Secret with ca.crt" -}}
{{- end -}}
{{- if .tlsSecret -}}
{{- $_ := set $mqtt "tls.ca.file" "/run/secrets/ktsn-broker/ca.crt" -}}
{{- if .nodeCertificate -}}
{{- $_ := set $mqtt "tls.certificate.file" "/run/secrets/ktsn-broker/tls.crt" -}}
{{- $_ := set $mqtt "tls.key.file" "/run/secrets/ktsn-broker/tls.key" -}}
{{- end -}}
{{- end -}}
{{- if .user -}}
{{- $_ := set $mqtt "user" .user -}}
{{- end -}}
{{- if .passwordSecret -}}
{{- $_ := set $mqtt "password.file" "/run/secrets/ktsn-broker-password/password" -}}
{{- end -}}
{{- $_ := set $all "org.ktsn.schedule.mqtt" $mqtt -}}
{{- end -}}
{{- end -}}
{{- range $pid, $keys := mergeOverwrite $all .Values.configuration }}
{{ $pid }}.cfg: |
{{- range $key, $value := $keys }}
  {{ $key }} = {{ if and (kindIs "float64" $value) (eq (float64 (int64 $value)) $value) }}{{ int64 $value }}{{ else }}{{ $value }}{{ end }}
{{- end }}
{{- end }}
{{- end -}}
