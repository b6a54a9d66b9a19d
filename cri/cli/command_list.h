// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "cri/cli/commands.h"

// The verbs of `berth`, each in its file of the same name in commands/ (pause.cc has unpause too,
// login.cc logout, snapshot.cc restore, start.cc restart).
namespace berth::cli {

// Declares the verb with its options below `root`; when it is the one asked for, fills `chosen`.
using AddCommand = void(CLI::App& root, Chosen& chosen);

AddCommand AddAttach, AddBuild, AddCheckpoint, AddCommit, AddCompletion, AddCp, AddDiff, AddExec,
    AddExport, AddHistory, AddImages, AddImport, AddInfo, AddInspect, AddKill, AddLoad, AddLogin,
    AddLogout, AddLogs, AddManual, AddPause, AddPods, AddPort, AddPrune, AddPs, AddPull, AddPush,
    AddRename, AddRestart, AddRestore, AddRm, AddRmi, AddRun, AddSave, AddSnapshot, AddStart,
    AddStats, AddStop, AddSystem, AddTag, AddTop, AddUnpause, AddVersion, AddWait;

// All, as --help shows them.
std::span<AddCommand* const> Commands();

}  // namespace berth::cli
