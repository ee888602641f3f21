/* mail_network.h - the network an address is in, as far as one can tell: who else is
 * there is likely the same. Pure. Thread: any. */
#ifndef MAIL_MAIL_NETWORK_H
#define MAIL_MAIL_NETWORK_H

#define MAIL_NETWORK_SIZE 64

/* mail_network_of - "192.0.2.0/24", "2001:db8:1:2::/64"; what is no address as it is, cut;
 * "" becomes "local". */
void mail_network_of(const char *address, char out[MAIL_NETWORK_SIZE]);

#endif
