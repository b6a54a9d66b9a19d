// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

#include "cri/cli/session.h"
#include "cri/cli/verb.h"

// What the verbs of `berth` are made with. Each has a file of its name in commands/ with its
// declaration; command_list.h has them all.
namespace berth::cli {

// `--format table|json|TEMPLATE`, for each row of a table, json an array of them; for the one thing
// that is shown, also `-f`.
void AddRowFormat(Verb& verb, std::string& format);
void AddWholeFormat(Verb& verb, std::string& format);

// `--detach-keys`, as ParseDetachKeys takes them.
void AddDetachKeys(Verb& verb, std::string& keys);

// `--type`, one of `types`, for names that mean several things; and what it says.
void AddType(Verb& verb, std::string& type, const std::vector<std::string>& types);
std::optional<TargetKind> KindOf(const std::string& type);

// Acts on each name: prints it where that succeeded, the error where not. The exit code of all.
int ForEachName(const std::vector<std::string>& names,
                absl::FunctionRef<absl::Status(const std::string&)> act);

// The same with all of them side by side; `act` is called from several threads.
int ForAllNamesAtOnce(const std::vector<std::string>& names,
                      absl::FunctionRef<absl::Status(const std::string&)> act);

// "berth: <message>" to stderr.
void PrintError(const absl::Status& status);

}  // namespace berth::cli
