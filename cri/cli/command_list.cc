// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/command_list.h"

namespace berth::cli {
namespace {

constexpr AddCommand* kCommands[] = {
    AddRun,        AddExec,     AddAttach,  AddPs,         AddPods,    AddLogs,    AddStats,
    AddTop,        AddPort,     AddStop,    AddKill,       AddStart,   AddRestart, AddWait,
    AddPause,      AddUnpause,  AddRename,  AddRm,         AddCp,      AddDiff,    AddCommit,
    AddExport,     AddSnapshot, AddRestore, AddCheckpoint, AddInspect, AddPull,    AddPush,
    AddImages,     AddBuild,    AddHistory, AddTag,        AddRmi,     AddSave,    AddLoad,
    AddImport,     AddLogin,    AddLogout,  AddSystem,     AddPrune,   AddInfo,    AddVersion,
    AddCompletion, AddManual};

}  // namespace

std::span<AddCommand* const> Commands() {
  return kCommands;
}

}  // namespace berth::cli
