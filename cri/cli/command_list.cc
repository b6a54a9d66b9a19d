// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/command_list.h"

namespace berth::cli {
namespace {

constexpr NamedVerb kVerbs[] = {
    {"run", DefineRun},
    {"create", DefineCreate},
    {"exec", DefineExec},
    {"attach", DefineAttach},
    {"ps", DefinePs},
    {"pods", DefinePods},
    {"logs", DefineLogs},
    {"stats", DefineStats},
    {"top", DefineTop},
    {"port", DefinePort},
    {"stop", DefineStop},
    {"kill", DefineKill},
    {"start", DefineStart},
    {"restart", DefineRestart},
    {"wait", DefineWait},
    {"pause", DefinePause},
    {"unpause", DefineUnpause},
    {"rename", DefineRename},
    {"update", DefineUpdate},
    {"rm", DefineRm},
    {"cp", DefineCp},
    {"diff", DefineDiff},
    {"commit", DefineCommit},
    {"export", DefineExport},
    {"snapshot", DefineSnapshot},
    {"restore", DefineRestore},
    {"checkpoint", DefineCheckpoint},
    {"inspect", DefineInspect},
    {"pull", DefinePull},
    {"push", DefinePush},
    {"images", DefineImages},
    {"build", DefineBuild},
    {"history", DefineHistory},
    {"tag", DefineTag},
    {"rmi", DefineRmi},
    {"save", DefineSave},
    {"load", DefineLoad},
    {"import", DefineImport},
    {"login", DefineLogin},
    {"logout", DefineLogout},
    {"network", DefineNetwork},
    {"volume", DefineVolume},
    {"container", DefineContainer},
    {"image", DefineImage},
    {"builder", DefineBuilder},
    {"events", DefineEvents},
    {"system", DefineSystem},
    {"prune", DefinePrune},
    {"info", DefineInfo},
    {"version", DefineVersion},
    {"completion", DefineCompletion},
    {"manual", DefineManual},
};

}  // namespace

std::span<const NamedVerb> Verbs() {
  return kVerbs;
}

void AddVerbs(Verb& parent, std::span<const NamedVerb> verbs) {
  for (const NamedVerb& verb : verbs) {
    verb.define(parent.AddVerb(verb.name));
  }
}

}  // namespace berth::cli
