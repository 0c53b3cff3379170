/* What all ports have in common. */
#include "port.h"

int ktsn_port_close(struct ktsn_port *port) {
    return port->operations->close(port);
}

int ktsn_port_status(struct ktsn_port *port, struct ktsn_port_status *status) {
    int result = port->operations->status(port, status);
    status->capabilities = port->capabilities;
    status->link_up = (uint32_t)atomic_load(&port->link_up);
    return result;
}

int ktsn_port_discard_received(struct ktsn_port *port) {
    return port->operations->discard_received ? port->operations->discard_received(port) : 0;
}
