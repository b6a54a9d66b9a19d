// SPDX-License-Identifier: Apache-2.0
#include "base/sys/unread.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

namespace berth::sys {

ErrnoOr<bool> HasUnread(int socket) {
  int bytes = 0;  // as the kernel accounts for them: more than were sent, and 0 once all are read
  SYS_RETURN_IF_ERROR(ResultOf(ioctl(socket, SIOCOUTQ, &bytes), "ioctl"));
  return bytes > 0;
}

}  // namespace berth::sys
