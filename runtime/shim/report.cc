// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/report.h"

#include "base/sys/file.h"

namespace berth::shim {
namespace {

sys::Result SendEnds(int socket, std::span<const int> ends) {
  const LaunchReport report = {runtime::LaunchStep::kTerminal, 0, 0};
  return sys::SendPacket(socket, &report, sizeof(report), ends, sys::kNoDeadline);
}

}  // namespace

sys::ErrnoOr<sys::SocketPair> OpenReports() {
  SYS_ASSIGN_OR_RETURN(sys::SocketPair reports, sys::MakeSocketPair());
  SYS_RETURN_IF_ERROR(sys::NameSenders(reports.first.get()));
  return reports;
}

sys::Result SendReport(int socket, const LaunchReport& report) {
  return sys::WriteAll(socket, &report, sizeof(report));
}

sys::Result SendTerminal(int socket, const sys::Terminal& terminal) {
  const int ends[] = {terminal.master.get(), terminal.slave.get()};
  return SendEnds(socket, ends);
}

sys::Result SendConsole(int socket, int listener) {
  return SendEnds(socket, std::span(&listener, 1));
}

bool ReceiveReports(int socket, LaunchProgress& progress) {
  while (true) {
    LaunchReport report;
    sys::Fd ends[2];
    sys::ErrnoOr<sys::PacketSize> size = sys::ReceivePacket(
        socket, std::span(reinterpret_cast<char*>(&report), sizeof(report)), ends, sys::kDontWait);
    if (!size.ok()) {
      return size.error().code != EAGAIN;
    }
    if (size->bytes != sizeof(report)) {
      return true;
    }
    progress.reporter = size->sender;
    if (report.error != 0) {
      progress.failure = {report.step, report.error, report.item};
    } else if (report.step == runtime::LaunchStep::kTerminal) {
      progress.terminal = {std::move(ends[0]), std::move(ends[1])};
    } else {
      progress.executing = true;
    }
  }
}

}  // namespace berth::shim
