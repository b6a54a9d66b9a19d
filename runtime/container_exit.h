// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "runtime/container.h"
#include "runtime/plan/shim_protocol.h"
#include "runtime/runtime_context.h"

// What a shim tells of its containers, put into their state and on record.
namespace berth::runtime {

// kContainer and kExited, as they come from a subscription. Does not block but for the record; what
// an exit leaves to be done is put on the agenda.
void ApplyReply(RuntimeContext& context, const ShimReply& reply);

// The container has ended like that. Nothing happens when it had ended before.
void ApplyExit(RuntimeContext& context, const std::shared_ptr<Container>& container,
               const ContainerExit& exit);

// The exit of a kExited or kContainer reply. Pure.
ContainerExit ExitOf(const ShimReply& reply);

// The exit of a container of which nobody can tell. Pure.
ContainerExit UnknownExit(absl::string_view message);

}  // namespace berth::runtime
