// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "base/sys/errno_or.h"
#include "base/sys/socket.h"
#include "base/sys/terminal.h"
#include "runtime/shim/pod.h"

// What a process tells the shim on its way to exec, over a socket that exec closes.
namespace berth::shim {

// `error` 0: step kTerminal brings the terminal's ends, kExec says that exec is next.
struct LaunchReport {
  runtime::LaunchStep step = runtime::LaunchStep::kNone;
  int32_t error = 0;
  uint32_t item = 0;
};

// The shim's end and the launched process's.
sys::ErrnoOr<sys::SocketPair> OpenReports();

// By plain write(2), which a seccomp filter allows more often than anything else.
sys::Result SendReport(int socket, const LaunchReport& report);
sys::Result SendTerminal(int socket, const sys::Terminal& terminal);
// What listens for a terminal that a program will send, in place of the master.
sys::Result SendConsole(int socket, int listener);

// What the reports so far have said.
struct LaunchProgress {
  Failure failure;
  bool executing = false;
  sys::Terminal terminal;
  pid_t reporter = 0;  // who sent the last
};

// Takes what has come. True when the other end is closed: by exec or death.
bool ReceiveReports(int socket, LaunchProgress& progress);

}  // namespace berth::shim
