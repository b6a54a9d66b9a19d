// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/commands.h"

#include <algorithm>
#include <cstdio>
#include <future>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "cri/cli/output.h"
#include "cri/cli/text_template.h"

namespace berth::cli {
namespace {

// CLI11 knows nothing of the words that TakeWords leaves to the verb.
class UsageFormatter : public CLI::Formatter {
 public:
  explicit UsageFormatter(std::string words) : words_(std::move(words)) {}

  std::string make_usage(const CLI::App*, std::string name) const override {
    return absl::StrCat("Usage: ", name, " [OPTIONS] ", words_, "\n");
  }

 private:
  std::string words_;
};

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

}  // namespace

void AddFormat(CLI::App& verb, std::string& format) {
  verb.add_option("--format", format, "table for people, json for programs")
      ->check(CLI::IsMember({"table", "json"}).description(""))
      ->type_name("table|json");
}

void AddRowFormat(CLI::App& verb, std::string& format) {
  const auto check = [](const std::string& word) {
    return word == "table" || word == "json" || IsTemplate(word)
               ? ""
               : absl::StrCat(word, " is neither table nor json nor a template");
  };
  verb.add_option("--format", format, "table for people, json for programs, or '{{.ID}} {{.Name}}'")
      ->check(CLI::Validator(check, ""))
      ->type_name("table|json|TEMPLATE");
}

void AddType(CLI::App& verb, std::string& type, const std::vector<std::string>& types) {
  verb.add_option("--type", type, "what the names are of, where they mean several things")
      ->check(CLI::IsMember(types).description(""))
      ->type_name(absl::StrJoin(types, "|"));
}

std::optional<TargetKind> KindOf(const std::string& type) {
  if (type == "container") {
    return TargetKind::kContainer;
  }
  return type == "pod" ? std::optional(TargetKind::kPod) : std::nullopt;
}

void TakeWords(CLI::App& verb, const std::string& usage) {
  verb.prefix_command();
  verb.formatter(std::make_shared<UsageFormatter>(usage));
}

std::vector<std::string> WordsOf(const CLI::App& verb, const std::vector<std::string>& needed) {
  std::vector<std::string> words = verb.remaining();
  if (!words.empty() && words.front() == "--") {
    words.erase(words.begin());
  } else if (!words.empty() && absl::StartsWith(words.front(), "-")) {
    throw CLI::ExtrasError({words.front()});
  }
  if (words.size() < needed.size()) {
    throw CLI::RequiredError(needed[words.size()]);
  }
  return words;
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
