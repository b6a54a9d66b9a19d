// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"

#include "imageservice/build/statement.h"

// What a Dockerfile says, instruction by instruction (Dockerfile reference). Inert values: the
// variables in them have not been expanded.
namespace berth::imageservice {

struct KeyValue {
  std::string key;
  std::string value;

  bool operator==(const KeyValue&) const = default;
};

// ["a", "b"] or a text for the shell.
struct CommandLine {
  std::vector<std::string> words;  // one text in the shell form
  bool shell = true;

  bool operator==(const CommandLine&) const = default;
};

struct FromInstruction {
  std::string base;      // an image, an earlier stage, or scratch
  std::string name;      // in lower case; empty when it has none
  std::string platform;  // empty when the build's
};

struct ArgInstruction {
  struct Declaration {
    std::string name;
    std::optional<std::string> value;

    bool operator==(const Declaration&) const = default;
  };
  std::vector<Declaration> declarations;
};

struct EnvInstruction {
  std::vector<KeyValue> variables;
};

struct LabelInstruction {
  std::vector<KeyValue> labels;
};

struct MaintainerInstruction {
  std::string name;
};

// COPY and ADD.
struct CopyInstruction {
  bool is_add = false;
  std::vector<std::string> sources;
  std::vector<Heredoc> files;  // sources that stand in the Dockerfile
  std::string destination;
  std::string from;  // a stage, an image or a named context; empty for the build's context
  std::string chown;
  std::string chmod;
  bool link = false;
  bool parents = false;
  std::vector<std::string> excludes;
  std::string checksum;                    // of ADD
  std::optional<bool> keep_git_directory;  // of ADD
  std::optional<bool> unpack;              // of ADD
};

struct RunInstruction {
  CommandLine command;
  std::vector<Heredoc> heredocs;
  std::vector<std::string> mounts;   // values of --mount, for ParseRunMount
  std::string network = "default";   // default, none, host
  std::string security = "sandbox";  // sandbox, insecure
};

struct CmdInstruction {
  CommandLine command;
};

struct EntrypointInstruction {
  CommandLine command;
};

struct ShellInstruction {
  std::vector<std::string> words;
};

struct ExposeInstruction {
  std::vector<std::string> ports;
};

struct UserInstruction {
  std::string user;
};

struct WorkdirInstruction {
  std::string path;
};

struct VolumeInstruction {
  std::vector<std::string> paths;
};

struct StopSignalInstruction {
  std::string signal;
};

struct HealthCheckInstruction {
  std::vector<std::string> test;  // NONE, or CMD or CMD-SHELL and a command
  absl::Duration interval;        // zero: the daemon's default, as for all of them
  absl::Duration timeout;
  absl::Duration start_period;
  absl::Duration start_interval;
  int retries = 0;
};

struct OnBuildInstruction {
  std::string trigger;  // an instruction, with its heredocs
};

struct Instruction {
  std::variant<FromInstruction, ArgInstruction, EnvInstruction, LabelInstruction,
               MaintainerInstruction, CopyInstruction, RunInstruction, CmdInstruction,
               EntrypointInstruction, ShellInstruction, ExposeInstruction, UserInstruction,
               WorkdirInstruction, VolumeInstruction, StopSignalInstruction, HealthCheckInstruction,
               OnBuildInstruction>
      what;
  std::string text;  // as it was written, on one line
  int first_line = 0;
  int last_line = 0;
};

struct Stage {
  FromInstruction from;
  std::string text;
  int line = 0;
  std::vector<Instruction> instructions;  // but FROM
};

struct Dockerfile {
  char escape = '\\';
  std::vector<Instruction> arguments;  // ARGs before the first FROM
  std::vector<Stage> stages;           // at least one
  std::vector<std::string> warnings;
};

}  // namespace berth::imageservice
