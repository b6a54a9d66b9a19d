// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/command_list.h"

namespace berth::cli {

// Docker's long names of the verbs.
void DefineImage(Verb& verb) {
  constexpr NamedVerb kVerbs[] = {{"build", DefineBuild},      {"history", DefineHistory},
                                  {"import", DefineImport},    {"inspect", DefineImageInspect},
                                  {"load", DefineLoad},        {"ls", DefineImages},
                                  {"prune", DefineImagePrune}, {"pull", DefinePull},
                                  {"push", DefinePush},        {"rm", DefineRmi},
                                  {"save", DefineSave},        {"tag", DefineTag}};
  verb.set_description("The verbs of images, by docker's long names");
  AddVerbs(verb, kVerbs);
}

}  // namespace berth::cli
