// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "cri/cli/verb.h"

// The verbs of `berth`, each in its file of the same name in commands/ (pause.cc has unpause too,
// login.cc logout, snapshot.cc restore, start.cc restart, prune.cc and inspect.cc those of one
// kind).
namespace berth::cli {

// Declares what the verb is for, its options and what it does.
using DefineVerb = void(Verb& verb);

DefineVerb DefineAttach, DefineBuild, DefineBuilder, DefineBuilderPrune, DefineCheckpoint,
    DefineCommit, DefineCompletion, DefineContainer, DefineContainerInspect, DefineContainerPrune,
    DefineCp, DefineCreate, DefineDiff, DefineEvents, DefineExec, DefineExport, DefineHistory,
    DefineImage, DefineImageInspect, DefineImagePrune, DefineImages, DefineImport, DefineInfo,
    DefineInspect, DefineKill, DefineLoad, DefineLogin, DefineLogout, DefineLogs, DefineManual,
    DefineNetwork, DefineNetworkPrune, DefinePause, DefinePods, DefinePort, DefinePrune, DefinePs,
    DefinePull, DefinePush, DefineRename, DefineRestart, DefineRestore, DefineRm, DefineRmi,
    DefineRun, DefineSave, DefineSnapshot, DefineStart, DefineStats, DefineStop, DefineSystem,
    DefineTag, DefineTop, DefineUnpause, DefineUpdate, DefineVersion, DefineVolume,
    DefineVolumePrune, DefineWait;

struct NamedVerb {
  const char* name;
  DefineVerb* define;
};

// All, as --help shows them.
std::span<const NamedVerb> Verbs();

// Declares them below `parent`.
void AddVerbs(Verb& parent, std::span<const NamedVerb> verbs);

}  // namespace berth::cli
