// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/manual.h"

#include "cri/cli/commands.h"
#include "cri/cli/output.h"

namespace berth::cli {

void AddManual(CLI::App& root, Chosen& chosen) {
  CLI::App& verb = *root.add_subcommand("manual", "Print the manual page berth(1)");
  verb.footer("To read it: berth manual | man -l -");
  verb.callback([&root, &chosen] {
    chosen.run = [page = ManualPage(root)](const Session&) {
      Print(page);
      return 0;
    };
  });
}

}  // namespace berth::cli
