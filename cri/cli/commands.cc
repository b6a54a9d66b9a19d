// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/commands.h"

#include <cstdio>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "cri/cli/output.h"

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

}  // namespace

void AddFormat(CLI::App& verb, std::string& format) {
  verb.add_option("--format", format, "table for people, json for programs")
      ->check(CLI::IsMember({"table", "json"}).description(""))
      ->type_name("table|json");
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

std::vector<std::string> WordsOf(const CLI::App& verb, size_t least) {
  std::vector<std::string> words = verb.remaining();
  if (!words.empty() && words.front() == "--") {
    words.erase(words.begin());
  } else if (!words.empty() && absl::StartsWith(words.front(), "-")) {
    throw CLI::ExtrasError({words.front()});
  }
  if (words.size() < least) {
    throw CLI::ParseError("too few arguments", CLI::ExitCodes::RequiredError);
  }
  return words;
}

int ForEachName(const std::vector<std::string>& names,
                absl::FunctionRef<absl::Status(const std::string&)> act) {
  int code = 0;
  for (const std::string& name : names) {
    const absl::Status status = act(name);
    if (status.ok()) {
      Print(absl::StrCat(name, "\n"));
    } else {
      PrintError(status);
      code = kExitFailure;
    }
  }
  return code;
}

void PrintError(const absl::Status& status) {
  fputs(absl::StrCat("berth: ", status.message(), "\n").c_str(), stderr);
}

}  // namespace berth::cli
