// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/manual.h"

#include "cri/cli/commands.h"
#include "cri/cli/output.h"

namespace berth::cli {

void DefineManual(Verb& verb) {
  verb.set_description("Print the manual page berth(1)");
  verb.set_footer("To read it: berth manual | man -l -");
  verb.set_action([&verb](const Session&) {
    Print(ManualPage(verb.program()));
    return 0;
  });
}

}  // namespace berth::cli
