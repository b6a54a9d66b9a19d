// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/template_run.h"

#include "gtest/gtest.h"

namespace berth::cli {
namespace {

// As docker's users know a container.
Json Container() {
  return Json::parse(R"({
    "Name": "/web", "Config": {"Env": ["A=1", "B=2"], "Labels": {"z": "26", "a.b": "x"}},
    "State": {"Pid": 7, "Running": true},
    "Mounts": [{"Type": "volume", "Destination": "/d"}, {"Type": "bind", "Destination": "/b"}],
    "NetworkSettings": {"Ports": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}], "81/tcp": null},
                        "Networks": {"n2": {"IPAddress": "10.0.0.2"},
                                     "n1": {"IPAddress": "10.0.0.1"}}}})",
                     nullptr, /*allow_exceptions=*/false);
}

std::string Written(const std::string& text) {
  const absl::StatusOr<std::vector<TemplateNode>> nodes = ParseTemplate(text);
  if (!nodes.ok()) {
    return std::string(nodes.status().message());
  }
  const absl::StatusOr<std::string> out = RunTemplate(*nodes, Container());
  return out.ok() ? *out : std::string(out.status().message());
}

TEST(RunTemplate, WritesWhatDockersUsersAskFor) {
  const std::pair<const char*, const char*> cases[] = {
      {"{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}", "10.0.0.1 10.0.0.2 "},
      {"{{range $name, $net := .NetworkSettings.Networks}}{{$name}}={{$net.IPAddress}};{{end}}",
       "n1=10.0.0.1;n2=10.0.0.2;"},
      {"{{(index (index .NetworkSettings.Ports \"80/tcp\") 0).HostPort}}", "8080"},
      {"{{range $p, $b := .NetworkSettings.Ports}}{{$p}}->{{if $b}}{{(index $b 0).HostPort}}"
       "{{else}}none{{end}} {{end}}",
       "80/tcp->8080 81/tcp->none "},
      {"{{index .Config.Labels \"a.b\"}}", "x"},
      {"{{index .Config.Labels \"none\"}}", ""},
      {"{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}", "none"},
      {"{{if and .State.Running (gt .State.Pid 5)}}up{{end}}", "up"},
      {"{{with .State}}{{.Pid}} {{$.Name}}{{end}}", "7 /web"},
      {"{{len .Mounts}} {{.Config.Env}} {{.Config.Labels}}", "2 [A=1 B=2] map[a.b:x z:26]"},
      {"{{range .Mounts}}{{if eq .Type \"bind\"}}{{.Destination}}{{end}}{{end}}", "/b"},
      {"{{.Name | upper | json}} {{join .Config.Env \", \"}}", "\"/WEB\" A=1, B=2"},
      {"{{$pid := .State.Pid}}pid {{$pid}}", "pid 7"},
      {"{{range .None}}x{{else}}y{{end}}", "--format: there is no field .None"},
      {"{{range .Name}}x{{end}}", "--format: range over what is no list: /web"},
      {"{{$x}}", "--format: there is no variable $x"},
      {"{{1 | .Name}}", "--format: a value is given to what is no function"},
  };
  for (const auto& [text, out] : cases) {
    EXPECT_EQ(Written(text), out) << text;
  }
}

}  // namespace
}  // namespace berth::cli
