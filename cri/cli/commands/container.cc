// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/command_list.h"

namespace berth::cli {

// Docker's long names of the verbs.
void DefineContainer(Verb& verb) {
  constexpr NamedVerb kVerbs[] = {{"attach", DefineAttach},   {"commit", DefineCommit},
                                  {"cp", DefineCp},           {"create", DefineCreate},
                                  {"diff", DefineDiff},       {"exec", DefineExec},
                                  {"export", DefineExport},   {"inspect", DefineContainerInspect},
                                  {"kill", DefineKill},       {"logs", DefineLogs},
                                  {"ls", DefinePs},           {"pause", DefinePause},
                                  {"port", DefinePort},       {"prune", DefineContainerPrune},
                                  {"rename", DefineRename},   {"restart", DefineRestart},
                                  {"rm", DefineRm},           {"run", DefineRun},
                                  {"start", DefineStart},     {"stats", DefineStats},
                                  {"stop", DefineStop},       {"top", DefineTop},
                                  {"unpause", DefineUnpause}, {"update", DefineUpdate},
                                  {"wait", DefineWait}};
  verb.set_description("The verbs of containers, by docker's long names");
  AddVerbs(verb, kVerbs);
}

}  // namespace berth::cli
