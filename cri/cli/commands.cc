// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/commands.h"

#include <algorithm>
#include <cstdio>
#include <future>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/detach_keys.h"
#include "cri/cli/output.h"
#include "cri/cli/text_template.h"

namespace berth::cli {
namespace {

constexpr size_t kAtOnce = 32;  // names; the daemon bounds them too

// Prints the name, or the error. The exit code.
int TellOutcome(const std::string& name, const absl::Status& status) {
  if (!status.ok()) {
    PrintError(status);
    return kExitFailure;
  }
  Print(absl::StrCat(name, "\n"));
  return 0;
}

void AddTemplateFormat(Verb& verb, const char* names, std::string& format, const char* example) {
  const auto check = [](const std::string& word) {
    return word.empty() || word == "table" || word == "json" || IsTemplate(word)
               ? ""
               : absl::StrCat(word, " is neither table nor json nor a template");
  };
  verb.Add(names, format, absl::StrCat("table for people, json for programs, or ", example),
           {.type = "table|json|TEMPLATE", .check = check});
}

}  // namespace

void AddRowFormat(Verb& verb, std::string& format) {
  AddTemplateFormat(verb, "--format", format, "'{{.ID}} {{.Name}}'");
}

void AddWholeFormat(Verb& verb, std::string& format) {
  AddTemplateFormat(verb, "-f,--format", format, "a template of docker's fields");
}

void AddDetachKeys(Verb& verb, std::string& keys) {
  verb.Add("--detach-keys", keys, "that leave its terminal, instead of ctrl-p,ctrl-q",
           {.type = "KEYS", .check = [](const std::string& text) {
              return std::string(ParseDetachKeys(text).status().message());
            }});
}

void AddType(Verb& verb, std::string& type, const std::vector<std::string>& types) {
  verb.Add("--type", type, "what the names are of, where they mean several things",
           {.one_of = types});
}

std::optional<TargetKind> KindOf(const std::string& type) {
  if (type == "container") {
    return TargetKind::kContainer;
  }
  return type == "pod" ? std::optional(TargetKind::kPod) : std::nullopt;
}

int ForEachName(const std::vector<std::string>& names,
                absl::FunctionRef<absl::Status(const std::string&)> act) {
  int code = 0;
  for (const std::string& name : names) {
    code |= TellOutcome(name, act(name));
  }
  return code;
}

int ForAllNamesAtOnce(const std::vector<std::string>& names,
                      absl::FunctionRef<absl::Status(const std::string&)> act) {
  int code = 0;
  for (size_t begin = 0; begin < names.size(); begin += kAtOnce) {
    const size_t end = std::min(names.size(), begin + kAtOnce);
    std::vector<std::future<absl::Status>> outcomes;
    for (size_t i = begin; i < end; ++i) {
      outcomes.push_back(std::async(std::launch::async, [&, i] { return act(names[i]); }));
    }
    for (size_t i = begin; i < end; ++i) {
      code |= TellOutcome(names[i], outcomes[i - begin].get());
    }
  }
  return code;
}

void PrintError(const absl::Status& status) {
  fputs(absl::StrCat("berth: ", status.message(), "\n").c_str(), stderr);
}

}  // namespace berth::cli
