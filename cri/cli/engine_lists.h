// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "base/json.h"
#include "cri/cli/output.h"
#include "cri/cli/session.h"
#include "cri/cli/verb.h"

// What verbs that list do alike, and `network` and `volume` with things of the Engine API.
namespace berth::cli {

struct ListFlags {
  bool quiet = false;
  bool whole = false;
  std::vector<std::string> filters;
  std::string format = "table";
};

// -q, -f/--filter, --format, and --no-trunc if ids are cut.
void AddListFlags(Verb& verb, ListFlags& flags, bool has_ids);

// Prints things: their `key` with -q, JSON as they are, else the table's rows.
absl::Status PrintList(const berth::Json& things, const char* key, const Table& table,
                       const ListFlags& flags);

// GETs each of `path`/NAME and prints them as `inspect` does, by a template or as one array; errors
// of one name do not end it. The exit code.
absl::StatusOr<int> InspectByEngine(const Session& session, const std::string& path,
                                    const std::vector<std::string>& names,
                                    const std::string& format);

// DELETEs each of `path`/NAME and prints its name; with `force` what is not there is no error. The
// exit code.
absl::StatusOr<int> RemoveByEngine(const Session& session, const std::string& path,
                                   const std::vector<std::string>& names, bool force);

// What a thing has in "Labels"; and as a list shows them, "a=1,b=2". Pure.
std::map<std::string, std::string> LabelsIn(const berth::Json& thing);
std::string LabelsText(const std::map<std::string, std::string>& labels);

}  // namespace berth::cli
