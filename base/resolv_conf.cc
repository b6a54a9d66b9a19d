// SPDX-License-Identifier: Apache-2.0
#include "base/resolv_conf.h"

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "base/ip_address.h"

namespace berth {
namespace {

std::vector<std::string> WordsOf(absl::string_view line) {
  return absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
}

bool IsLoopbackServer(absl::string_view line) {
  const std::vector<std::string> words = WordsOf(line);
  return words.size() >= 2 && words[0] == "nameserver" && IsLoopbackAddress(words[1]);
}

}  // namespace

ResolvConf ParseResolvConf(absl::string_view text) {
  ResolvConf read;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::vector<std::string> words = WordsOf(line);
    if (words.size() < 2) {
      continue;
    }
    if (words[0] == "nameserver") {
      read.servers.push_back(words[1]);
    } else if (words[0] == "search" || words[0] == "domain") {
      read.searches.assign(words.begin() + 1, words.end());
    } else if (words[0] == "options") {
      read.options.insert(read.options.end(), words.begin() + 1, words.end());
    }
  }
  return read;
}

std::string WithoutLoopbackServers(absl::string_view text) {
  std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  std::erase_if(lines, IsLoopbackServer);
  return absl::StrJoin(lines, "\n");
}

}  // namespace berth
