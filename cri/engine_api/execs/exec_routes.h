// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cri/engine_api/execs/exec_registry.h"
#include "cri/engine_api/execs/session_keeper.h"
#include "cri/engine_api/router.h"

namespace berth::cri {

// /containers/{id}/exec and /exec/…; what is given must outlive the router, and the registry the
// keeper.
void AddExecRoutes(Router& router, ExecRegistry& execs, SessionKeeper& keeper);

}  // namespace berth::cri
