// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/json.h"
#include "imageservice/build/instruction.h"

// The configuration of an image while instructions change it (OCI image specification, "config";
// Docker's members too). What they do not name stays as it was. Pure; values have been expanded.
// Not thread-safe, not even where it is const.
namespace berth::imageservice {

class ImageDraft {
 public:
  // Of FROM scratch: no layers, PATH is set. `platform` is linux/arm/v7.
  static ImageDraft Scratch(absl::string_view platform);
  // On top of an image. InvalidArgument when `config` is no configuration.
  static absl::StatusOr<ImageDraft> On(absl::string_view config);

  std::vector<std::string> environment() const { return Texts("Env"); }
  // The value of a variable of it that has one; of several the first's.
  std::optional<std::string> Variable(absl::string_view name) const;
  std::string user() const { return Text("User"); }
  std::string working_directory() const;   // "/" when there is none
  std::vector<std::string> shell() const;  // /bin/sh -c when there is none
  std::vector<std::string> triggers() const { return Texts("OnBuild"); }
  std::string created() const;  // as of its newest history entry; empty when it is not known

  // The heir of an image does what that asks for, once, and says what it runs on its own.
  void BeginStage();

  void SetVariable(const std::string& name, const std::string& value);
  void SetLabel(const std::string& name, const std::string& value);
  void SetMaintainer(const std::string& name);
  void SetCommand(const CommandLine& command);
  void SetEntrypoint(const CommandLine& command);  // forgets the command that the base brought
  void SetShell(const std::vector<std::string>& words);
  void SetUser(const std::string& user);
  // Relative to the one before; returns what it is now.
  std::string SetWorkingDirectory(const std::string& path);
  void AddVolume(const std::string& path);
  // "80", "80/udp", "8000-8010/tcp"; returns each of them. InvalidArgument "invalid containerPort:
  // …".
  absl::StatusOr<std::vector<std::string>> AddPorts(const std::string& ports);
  // A name or a number. InvalidArgument "invalid signal: …".
  absl::Status SetStopSignal(const std::string& signal);
  void SetHealthCheck(const HealthCheckInstruction& check);
  void AddTrigger(const std::string& trigger);

  // Notes the step in the history, and when it was done, RFC 3339. InvalidArgument when the steps
  // have more words than a configuration may have bytes.
  absl::Status AddHistory(const std::string& by, const std::string& created, bool has_layer);

  // The document, but for its "rootfs", which whoever has the layers writes.
  std::string Format() const;

 private:
  // Of a name's variables in Env, which are a stranger's and maybe a million: no copies of them.
  struct Places {
    static constexpr uint32_t kNowhere = UINT32_MAX;
    uint32_t any() const { return std::min(first, with_value); }

    uint32_t first = kNowhere;
    uint32_t with_value = kNowhere;  // the first of those
  };

  explicit ImageDraft(Json document) : document_(std::move(document)) {}

  Json& config() { return document_["config"]; }
  std::string Text(absl::string_view key) const;
  std::vector<std::string> Texts(absl::string_view key) const;
  Json& List(absl::string_view key);  // of the configuration; made where there is none
  const Json& Variables() const;
  void Index() const;  // the first time
  // What a name's places are under, or would be.
  uint64_t KeyOf(absl::string_view name) const;

  Json document_;
  bool has_own_command_ = false;
  mutable bool is_indexed_ = false;
  mutable absl::flat_hash_map<uint64_t, Places> places_;  // by hashes of names
  size_t history_bytes_ = 0;                              // of the words that were added
};

// The command with the shell before it where it takes one.
std::vector<std::string> ArgumentsOf(const CommandLine& command,
                                     const std::vector<std::string>& shell);

}  // namespace berth::imageservice
