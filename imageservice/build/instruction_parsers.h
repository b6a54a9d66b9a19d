// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/status.h"

#include "imageservice/build/instruction.h"
#include "imageservice/build/statement.h"

// One function an instruction: from its statement to what it says. Pure. InvalidArgument, in
// Docker's words and without the line, for what the instruction does not take. The table of
// dockerfile_parser.cc names them.
namespace berth::imageservice {

// Sets `instruction.what`, nothing else.
using InstructionParser = absl::Status(const Statement& statement, char escape,
                                       Instruction& instruction);

// parse_files.cc: what fills a file system
InstructionParser ParseAdd, ParseCopy, ParseRun, ParseWorkdir;
// parse_stage.cc: what governs the build
InstructionParser ParseFrom, ParseArg, ParseOnBuild, ParseShell;
// parse_metadata.cc: what the image's configuration says
InstructionParser ParseCmd, ParseEntrypoint, ParseEnv, ParseExpose, ParseHealthCheck, ParseLabel,
    ParseMaintainer, ParseStopSignal, ParseUser, ParseVolume;

}  // namespace berth::imageservice
