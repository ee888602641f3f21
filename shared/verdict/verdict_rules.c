/* verdict_rules.c - the language of providers, as a table.
 *
 * The first row that matches decides, so rows about us (lists, reverse names,
 * pace, authentication) stand before rows about the recipient: a forwarding
 * server likes to add "... User unknown" to whatever it was told. Within a
 * theme, narrow before wide. BROAD rows are asked only after exact statuses.
 *
 * To add a row: take the shortest words that nobody uses for anything else, in
 * lower case, and say in the commit which reply it was for. Addresses are "@"
 * here; names of hosts and numbers are as they came. */
#include "verdict/verdict_private.h"

#define BROAD VERDICT_RULE_BROAD
#define PASSES VERDICT_RULE_PASSES
#define RECIPIENT VERDICT_RULE_RECIPIENT
#define CLASS4 VERDICT_RULE_CLASS4
#define FINAL VERDICT_RULE_FINAL

const struct verdict_rule verdict_rules[] = {
	/* ---- Google: words and help pages that come from nowhere else ---- */
	{ "google.recipient-rate", "google",
	  "receiving mail at a rate|rate that prevents additional|receiving mail too quickly|"
	  "too many requests to this user",
	  NULL, VERDICT_RATE_LIMITED, RECIPIENT },
	{ "google.relay-limit", "google",
	  "relay limit exceeded|relay sending limit exceeded|user sending limit exceeded|"
	  "sending quota exceeded",
	  NULL, VERDICT_RATE_LIMITED, 0 },
	{ "google.unauthenticated-rate", "google", "your email has been rate limited because",
	  "\\b(spf|dkim|dmarc|aligned|authenticat)", VERDICT_AUTH_FAILED, 0 },
	{ "google.tls-rate", "google", "your email has been rate limited because", "\\btls\\b",
	  VERDICT_TLS_REQUIRED, 0 },
	{ "google.ptr-rate", "google",
	  "your email has been rate limited because|ipv6 sending guidelines",
	  "\\b(ptr|reverse|pointer)\\b", VERDICT_PTR_REQUIRED, 0 },
	{ "google.reputation", "google", "low reputation of the sending|not in whitelist for rcpt",
	  NULL, VERDICT_REPUTATION_BLOCK, 0 },
	{ "google.rate", "google",
	  "unusual rate of|exceeded its quota for sending|rate of unsolicited mail|"
	  "unusual amount of",
	  NULL, VERDICT_RATE_LIMITED, 0 },
	{ "google.suspicious-content", "google",
	  "nature of the content or the links|likely unsolicited mail|is likely suspicious", NULL,
	  VERDICT_SPAM_CONTENT, 0 },
	{ "google.noncompliant", "google",
	  "rfc 5322 compliant|rfcmessagenoncompliant|encoded-word syntax is not permitted|"
	  "missing a valid message-id|missing a valid address in the from|"
	  "contains a unicode character in a disallowed header",
	  NULL, VERDICT_CONTENT_REJECTED, 0 },
	{ "google.sender-syntax", "google", "is not a valid rfc 5321", "sender address",
	  VERDICT_CONTENT_REJECTED, 0 },
	{ "google.security-content", "google",
	  "its content presents a potential security|illegal attachment", NULL, VERDICT_POLICY, 0 },
	{ "google.domain-unfindable", "google", "able to find the recipient domain", NULL,
	  VERDICT_MAILBOX_UNKNOWN, 0 },
	{ "google.limits", "google", "exceeds google|exceeded google", NULL,
	  VERDICT_MESSAGE_TOO_LARGE, 0 },
	{ "google.idle", "google", "connection expired, try reconnecting", NULL,
	  VERDICT_NETWORK_ERROR, PASSES },
	{ "google.account", "google",
	  "application-specific password|log in with your web browser|"
	  "username and password not accepted|too many login attempts",
	  NULL, VERDICT_POLICY, 0 },
	{ "google.busy", "google", "try again later, closing connection", NULL,
	  VERDICT_REPUTATION_BLOCK, CLASS4 },
	/* ---- Microsoft ---- */
	{ "microsoft.recipient-rate", "microsoft",
	  "recipient thread limit exceeded|message receive limit|"
	  "recipient has exceeded their limit for",
	  NULL, VERDICT_RATE_LIMITED, RECIPIENT | PASSES },
	{ "microsoft.tenant-threshold", "microsoft",
	  "tenant has exceeded threshold|exceeded the maximum number of connections", NULL,
	  VERDICT_RATE_LIMITED, 0 },
	{ "microsoft.banned", "microsoft",
	  "banned sending ip|network is on our block list|rate limited due to ip reputation|"
	  "using customer block list|does not accept email over ipv6",
	  NULL, VERDICT_REPUTATION_BLOCK, 0 },
	{ "microsoft.directory", "microsoft",
	  "recipient address rejected: access denied|recipnotfound|"
	  "recipient not found by smtp|recipientnotfound|recipient notfound|"
	  "returned unknown recipient",
	  NULL, VERDICT_MAILBOX_UNKNOWN, 0 },
	{ "microsoft.tenant-attribution", "microsoft", "tenantattribution", NULL,
	  VERDICT_RELAY_DENIED, 0 },
	{ "microsoft.no-tenant", "microsoft",
	  "no mail-enabled subscriptions|missing or bad storedriver mdb", NULL,
	  VERDICT_DOMAIN_NOT_FOUND, 0 },
	{ "microsoft.sender", "microsoft",
	  "bad outbound sender|not in allowed-senders list|sender was not authenticated for|"
	  "message must be rfc 5322 section",
	  NULL, VERDICT_SENDER_REJECTED, 0 },
	{ "microsoft.prohibited", "microsoft",
	  "has a policy that prohibited|rejected by organization policy|"
	  "cannot achieve exchange server auth|client was not authenticated",
	  NULL, VERDICT_POLICY, 0 },
	{ "microsoft.quota", "microsoft", "quotaexceeded|storedrv.deliver: mailbox full", NULL,
	  VERDICT_MAILBOX_FULL, 0 },
	{ "microsoft.busy", "microsoft", "server busy|temporary server error", NULL,
	  VERDICT_SYSTEM_ERROR, CLASS4 },
	/* ---- Yahoo, AOL ---- */
	{ "yahoo.deferred", "yahoo",
	  "due to unexpected volume or user complaints|will be permanently deferred|[tss0|[ts0",
	  "\\[tss?0[0-9]\\]|unexpected volume|permanently deferred", VERDICT_REPUTATION_BLOCK, 0 },
	{ "yahoo.no-account", "yahoo", "dd this user doesn't have a", NULL, VERDICT_MAILBOX_UNKNOWN,
	  0 },
	{ "yahoo.connection-limit", "yahoo", "max message per connection reached", NULL,
	  VERDICT_RATE_LIMITED, 0 },
	{ "yahoo.ip-domain", "yahoo", "invalid ip for sending mail of domain", NULL,
	  VERDICT_REPUTATION_BLOCK, 0 },
	/* ---- Orange, La Poste, Free, SFR: French sentences and their numbers ---- */
	{ "orange.source", "orange", "adresse ip source bloqu|client host blocked for spamming",
	  NULL, VERDICT_REPUTATION_BLOCK, 0 },
	{ "orange.pace", "orange",
	  "trop de connexions|too many connections, slow down|veuillez ralentir|"
	  "nombre de messages",
	  NULL, VERDICT_RATE_LIMITED, 0 },
	{ "orange.spf", "orange", "spf/dns de votre nom de domaine", NULL, VERDICT_AUTH_FAILED, 0 },
	{ "orange.full", "orange", "boite du destinataire pleine|destinataire pleine", NULL,
	  VERDICT_MAILBOX_FULL, 0 },
	{ "orange.disabled", "orange",
	  "destinataire archiv|compte du destinataire est bloqu|recipient account is blocked|"
	  "recipient account isblocked",
	  NULL, VERDICT_MAILBOX_DISABLED, 0 },
	{ "orange.unknown", "orange", "destinataire invalide|destinataire inconnu", NULL,
	  VERDICT_MAILBOX_UNKNOWN, 0 },
	{ "orange.sender", "orange", "emetteur invalide", NULL, VERDICT_SENDER_REJECTED, 0 },
	{ "orange.size", "orange", "taille limite du message", NULL, VERDICT_MESSAGE_TOO_LARGE, 0 },
	{ "orange.spam", "orange", "mail rejete. mail rejected. ofr_506|ofr_506", NULL,
	  VERDICT_SPAM_CONTENT, 0 },
	/* ---- GoDaddy: a number ends each reply ---- */
	{ "godaddy.rate", "godaddy", "ib007|ib101|ib110|ib504|ib605|ib607|ib6",
	  "\\bib(007|101|110|504|60[0-9])[a-z]?\\b", VERDICT_RATE_LIMITED, 0 },
	{ "godaddy.list", "godaddy", "ib10|ib11|ib21", "\\bib(10[3-9]|11[1-9])[a-z]?\\b",
	  VERDICT_REPUTATION_BLOCK, 0 },
	{ "godaddy.spam", "godaddy", "ib2", "\\bib2(12|13|14)[a-z]?\\b", VERDICT_SPAM_CONTENT, 0 },
	/* ---- others with words of their own ---- */
	{ "apple.moved", "apple", "recipient no longer on server", NULL, VERDICT_MAILBOX_MOVED, 0 },
	{ "spectrum.rate", "spectrum", "aup#in-13|aup#i-13|aup#o-13", NULL, VERDICT_RATE_LIMITED,
	  0 },
	{ "spectrum.list", "spectrum", "aup#", "aup#(in|i)-[12][0-9]{2}", VERDICT_REPUTATION_BLOCK,
	  BROAD },
	{ "tencent.rate", "tencent", "connection frequency limited|ip frequency limited", NULL,
	  VERDICT_RATE_LIMITED, 0 },
	{ "amazon.unverified", "amazon", "email address is not verified", NULL,
	  VERDICT_SENDER_REJECTED, 0 },

	/* ---- our own diagnostics and the resolver's words ---- */
	{ "dns.null-mx", NULL,
	  "null mx|nullmx|does not accept mail|indicated no smtp service|"
	  "mx or srv record indicated",
	  NULL, VERDICT_DOMAIN_NOT_FOUND, FINAL },
	{ "dns.no-mx", NULL,
	  "no mx found|no mx record found|point to non-existent hosts|host address lookups failed",
	  NULL, VERDICT_DOMAIN_NOT_FOUND, 0 },
	{ "dns.trouble", NULL,
	  "could not contact dns|host name lookup failure|bad dns lookup|"
	  "malformed name server|responded with code|dns timeout|servfail",
	  NULL, VERDICT_NETWORK_ERROR, PASSES },
	{ "network.loop", NULL,
	  "too many hops|hop count exceeded|mail loop|routing loop|loop detected|"
	  "message looping|looping mail|forwarding loop|message exceeded 50 hops|"
	  "hops exceeded",
	  NULL, VERDICT_NETWORK_ERROR, FINAL },
	{ "system.mx-loop", NULL,
	  "loops back to myself|best-preference mx|loop alert|loop back warning|"
	  "unix from loop",
	  NULL, VERDICT_SYSTEM_ERROR, FINAL },

	/* ---- authentication of the sender domain ---- */
	{ "auth.dmarc", NULL, "dmarc",
	  "dmarc (policy|verification|check|fail|reject|evaluat|domain)|"
	  "(violat|pass|fail|due to|because|per|against|by)[a-z ']{0,40}dmarc|dmarcrejection",
	  VERDICT_AUTH_FAILED, 0 },
	{ "auth.spf", NULL, "spf|sender policy framework",
	  "(spf|sender policy framework)[a-z )(_:'/-]{0,50}(fail|violat|invalid|error|reject|"
	  "did not pass|does not pass|not pass|softfail|-all|record|settings)|"
	  "(fail|violat|not allowed|not authori[sz]ed|must pass|pass)[^.]{0,60}(spf|sender policy)",
	  VERDICT_AUTH_FAILED, 0 },
	{ "auth.dkim", NULL, "dkim",
	  "dkim[a-z )(_:='-]{0,40}(fail|invalid|reject|not|missing|require|error)|"
	  "(fail|invalid|bad|no|without|missing|unsigned|authenticat)[^.]{0,40}dkim",
	  VERDICT_AUTH_FAILED, 0 },
	{ "auth.unauthenticated", NULL,
	  "sender is unauthenticated|authentication checks failed|"
	  "fails to pass authentication|does not have authentication information|"
	  "unauthenticated email from|sender has no a, aaaa|"
	  "requires all senders to authenticate",
	  NULL, VERDICT_AUTH_FAILED, 0 },

	/* ---- reverse names and greetings ---- */
	{ "ptr.missing", NULL,
	  "reverse dns|reverse-dns|rdns|ptr record|no ptr|without ptr|missing ptr|"
	  "pointer (ptr)|reverse lookup|reverse name|reverse hostname|"
	  "cannot find your hostname|cannot find your reverse|unable to verify your hostname|"
	  "client ip address has no|no hostname|dynamic hostname rejected|fcrdns",
	  NULL, VERDICT_PTR_REQUIRED, 0 },
	{ "ptr.helo", NULL, "helo",
	  "(helo|ehlo)[a-z /'\"-]{0,30}(argument|name|host|command)?[a-z :,-]{0,20}(is )?(invalid|"
	  "not (fully|resolv)|does not|mismatch|bogus|could not|must)|invalid (helo|ehlo)|"
	  "mismatches? (the )?(helo|ehlo)|bad helo|forged helo",
	  VERDICT_PTR_REQUIRED, 0 },
	{ "ptr.mismatch", NULL,
	  "mismatches client ip|does not match the ip address of the hostname|"
	  "valid sender domain. fix",
	  NULL, VERDICT_PTR_REQUIRED, 0 },

	/* ---- encryption ---- */
	{ "tls.required", NULL,
	  "must issue a starttls|starttls first|starttls is required|starttls required|"
	  "tls is required|tls required|requires tls|must use tls|must support tls|"
	  "encryption required|encryption needed|requires encryption|requires high-strength|"
	  "does not support tls|starttls-not-supported|not offer starttls|starttls failed|"
	  "tls handshake|tls negotiation|tls not available|certificate-expired|"
	  "certificate has expired|certificate is expired|certificate-host-mismatch|"
	  "tlsa-invalid|dane validation|mta-sts validation|invalid for this certificate|"
	  "certificate verif",
	  NULL, VERDICT_TLS_REQUIRED, 0 },

	/* ---- pace ---- */
	{ "grey", NULL,
	  "greylist|graylist|grey-list|gray-list|grey list|postgrey|milter-greylist|"
	  "first-time sender|first time sender|unknown triplet|defer triplet",
	  NULL, VERDICT_GREYLISTED, 0 },
	{ "full.count", NULL, "too many messages on the server|too many messages in the mailbox",
	  NULL, VERDICT_MAILBOX_FULL, 0 },
	{ "rate.recipients", NULL, "too many recipients", NULL, VERDICT_RATE_LIMITED, 0 },
	{ "rate.sent", NULL,
	  "too many connections|too many sessions|too many concurrent|too many simultaneous|"
	  "too many messages|too many emails|too many mails|sent too many|too much mail|"
	  "too many transactions|concurrent connection|connection rate|connection limit|"
	  "rate limit|rate-limit|ratelimit|throttl|sending too fast|too quickly|"
	  "messages per connection|thread limit|message threshold|exceeded the rate|"
	  "exceeded your|excessive volume|quota exceeded for sending|limit of messages|"
	  "sending limit|hourly limit|daily limit|message rate|slow down|try again slower|"
	  "try again slowly|mail volume|maximum number of messages|per hour|per minute|"
	  "envoyez trop|too fast",
	  NULL, VERDICT_RATE_LIMITED, 0 },

	/* ---- lists and reputation ---- */
	{ "list.named", NULL,
	  "spamhaus|spamcop|barracudacentral|sorbs|abuseat|uceprotect|proofpoint.com/report|"
	  "invaluement|ivmsip|senderscore|cloudmark.com/reset|dnsbl|rbl reject|\"rbl\"|"
	  "in the rbl|multi-blacklist|multirbl|psbl|mailspike|spamrats|backscatterer|"
	  "rblsmtpd|csi.cloudmark",
	  NULL, VERDICT_REPUTATION_BLOCK, 0 },
	{ "sender.listed", NULL,
	  "sender address has been blacklisted|your email address has been blacklisted|"
	  "envelope blocked|blocked senders|sender blacklisted|batv|unsigned dsn|"
	  "header-based manually blocked|envelope rejected - block policy",
	  NULL, VERDICT_SENDER_REJECTED, 0 },
	{ "list.ours", NULL,
	  "block list|blocklist|blacklisted|black list|denylist|blackhole|is listed on|"
	  "is listed by|listed in|blocked using|blocked by ldap|client host blocked|"
	  "on our list",
	  "(\\bip\\b|client|host|server|network|address|you are|your|connection|refused|sender "
	  "score|"
	  "blocked|service unavailable).*(list|block)|(list|block).*(\\bip\\b|client|host|server)",
	  VERDICT_REPUTATION_BLOCK, 0 },
	{ "spam.url", NULL, "url in|blacklisted url|link in|uribl|surbl", NULL,
	  VERDICT_SPAM_CONTENT, 0 },
	{ "reputation", NULL,
	  "reputation|suspected spam ip|dynamic ip|residential ip|dialup|dial-up|zombie|"
	  "bad ip profile|bad sender ip|looks suspiciously like spam|"
	  "use the smtp server of your isp|use your isp|your isp's|spams from your ip|"
	  "you are sending spam|are sending spam|has been sent from the following ip|"
	  "have been sent from the following ip|confirm this mail server|"
	  "requires confirmation|not accepting connections|may not be mail exchanger|"
	  "abus detecte|banned ip|ip banned|ip is banned|blocked ip|ip blocked|"
	  "ip address blocked|ip has been blocked|ip is blocked|ip temporarily blocked|"
	  "ip address has been blocked|blocked for abuse|daily relay quota|(bl)|"
	  "bad reputation|no longer accepting mail from your",
	  NULL, VERDICT_REPUTATION_BLOCK, 0 },
	{ "reputation.complaints", NULL,
	  "user complaints|complaint rate|spam complaints|complaints about", NULL,
	  VERDICT_REPUTATION_BLOCK, 0 },
	{ "reputation.attacks", NULL,
	  "suspected bounce attack|go away|invalid recipients from|"
	  "too many invalid recipients|too many unknown|directory harvest|too many errors",
	  NULL, VERDICT_REPUTATION_BLOCK, BROAD },

	/* ---- the mailbox's own state, ahead of "unknown" ---- */
	{ "full", NULL,
	  "quota exceeded|over quota|overquota|over the quota|exceeded quota|"
	  "exceeded the quota|exceeds quota|exceeding its mailbox quota|"
	  "exceeding their quota|exceeded his quota|quota violation|quota is exceeded|"
	  "quota full|over its quota|over their quota|exceeded their quota|"
	  "exceeded its quota|insufficient quota|over the allowed quota|mailbox full|"
	  "mailbox is full|mailbox for @ is full|full mailbox|inbox is full|inbox full|"
	  "mailbox size limit|mailbox limit|mailbox exceed|mailbox has exceed|"
	  "mailfolder is full|maildir over|storage limit|storage quota|out of storage|"
	  "no space left for|user's space has been used|exceeded the local limit|"
	  "exceeded storage|enough space|not enough storage|maximum allowed storage|"
	  "buzon lleno|postfach voll|postfach ist voll|casella piena|mail file size exceeds",
	  NULL, VERDICT_MAILBOX_FULL, 0 },
	{ "full.disk", NULL, "no space left on device|insufficient disk space|not sufficient disk",
	  NULL, VERDICT_MAILBOX_FULL, BROAD },
	{ "disabled", NULL,
	  "account disabled|account is disabled|account has been disabled|mailbox disabled|"
	  "mailbox is disabled|reach is disabled|reach is inactive|disabled recipient|"
	  "address is disabled|mailbox has been disabled|administratively disabled|"
	  "administrativeley disabled|user is disabled|user disabled|account is inactive|"
	  "account inactive|account is not active|inactive user|mailbox is frozen|"
	  "mailbox frozen|account is locked|account locked|temporary locked|"
	  "temporarily locked|user is locked|account suspended|account is suspended|"
	  "account has been suspended|has been suspended|currently suspended|"
	  "temporarily suspended|is suspended|user suspended|mailbox suspended|"
	  "recipient suspend|account is temporarily limited|user is temporarily limited|"
	  "temporarily inactive|account closed|account has been closed|account terminated|"
	  "account expired|account has expired|mailbox expired|discontinued|no longer valid|"
	  "recipient is inactive|account is blocked|mailbox is blocked|mailbox blocked|"
	  "extended inactivity|account has been deactivated|deactivated|mailbox is inactive|"
	  "mailbox cannot be accessed",
	  NULL, VERDICT_MAILBOX_DISABLED, 0 },
	{ "moved", NULL,
	  "has moved to|user has moved|recipient has moved|mailbox moved|address has changed|"
	  "changed his address|new address is|has a new address|please use the new address|"
	  "user not local; please try|moved permanently|address no longer in use|"
	  "no longer in use|no longer employed|has left the company",
	  NULL, VERDICT_MAILBOX_MOVED, 0 },

	/* ---- the message ---- */
	{ "content.virus", NULL,
	  "virus detected|virus found|virus infected|infected with|contains a virus|"
	  "contains virus|malware|trojan|a virus in|eicar",
	  NULL, VERDICT_CONTENT_REJECTED, 0 },
	{ "size.headers", NULL,
	  "headers too large|header size exceeds|message header size|header too large|"
	  "mime complexity",
	  NULL, VERDICT_CONTENT_REJECTED, 0 },
	{ "size", NULL,
	  "message size exceeds|message too large|message too big|message is too large|"
	  "message is too big|message length exceeds|size limit|max message size|"
	  "maximum message size|maximum email size|inbound message size|mail size|"
	  "message size|too large|too big|exceeds maximum size|line limit exceeded|"
	  "exceeds size|size exceeds|line too long",
	  NULL, VERDICT_MESSAGE_TOO_LARGE, BROAD },
	{ "content.rfc", NULL,
	  "duplicate header|invalid mime|multiple addresses in from|improperly-formatted|"
	  "8-bit data in message header|malformed message|message is malformed|bare lf|"
	  "bare cr|bare newline|not rfc|rfc 5322|rfc5322|rfc 2822|rfc2822|"
	  "missing required header|missing header|no from header|without from|invalid date|"
	  "missing date|invalid header|bad header|message-id header",
	  NULL, VERDICT_CONTENT_REJECTED, BROAD },
	{ "content.attachment", NULL,
	  "potentially executable attachment|attachment type|prohibited attachment|"
	  "its content presents a potential|forbidden attachment|blocked attachment|"
	  "bad attachment|dangerous attachment",
	  NULL, VERDICT_CONTENT_REJECTED, 0 },
	{ "policy.attachment", NULL,
	  "attachment extension is forbidden|executable files are not allowed|"
	  "containing images or other attachments",
	  NULL, VERDICT_POLICY, 0 },
	{ "spam", NULL,
	  "message content rejected|content rejected|rejecting mail content|banned content|"
	  "unsolicited|junk mail|junkmail|bulk mail|bulk email|reject bulk|phishing|"
	  "spam-like|considered spam|detected as spam|scored as spam|classified as spam|"
	  "marked as spam|identified as spam|appears to be spam|looks like spam|"
	  "probable spam|is spam|as spam|spam score|spam content|spam detected|spam check|"
	  "spam filter|spam message|spam email|spam or virus|spamassassin|spamtext|antispam|"
	  "anti-spam|anti spam|no spam|spam block|spam refused|spam blocked|"
	  "spam not accepted|- spam|be spam|help_spam|triggered a spam|to be spam|"
	  "contains spam|high probability|too much spam|mail contains|"
	  "temporarily blocked by our filter|probably spam|similar to spam|was spam|"
	  "may consider spam|spam is embedded|suspected spam|suspicious content|"
	  "content filter",
	  NULL, VERDICT_SPAM_CONTENT, 0 },

	/* ---- the sender ---- */
	{ "sender.domain", NULL,
	  "domain of sender|sender domain|sender's domain|sender address rejected|"
	  "sender rejected|sender email address rejected|from: domain is invalid|"
	  "sender verify failed|sender verification failed|invalid sender|unknown sender|"
	  "unroutable sender|purported responsible address|null sender|sender denied|"
	  "sender is denied|sender is not|sender not|sender refused|bad sender|"
	  "sender address not|sender blocked|fully qualified email address|"
	  "returned mail not accepted|envelope sender|return path|mail from domain|"
	  "mail sending denied|spammer|rejected by recipients|are not member|"
	  "not member article|not a registered gateway|isn't on the recipient's list|"
	  "recursive cname|could not verify sender|verify sender|sender could not",
	  NULL, VERDICT_SENDER_REJECTED, 0 },

	/* ---- the server is not for us ---- */
	{ "relay", NULL,
	  "relay access denied|relaying denied|relay denied|unable to relay|"
	  "relay not permitted|relaying not permitted|not permitted to relay|no relaying|"
	  "relaying is not|relay not allowed|relaying not allowed|credentials for relay|"
	  "cannot relay|not allowed to relay|relay is not|we do not relay|don't relay|"
	  "we don't handle mail|do not handle mail|not a gateway|not local host|open relay|"
	  "will not relay|relaying prohibited|relaying blocked|refused to relay|"
	  "isn't in my list of allowed rcpthosts|rcpthosts|relaying mail to|mailloop",
	  NULL, VERDICT_RELAY_DENIED, 0 },
	{ "policy.auth", NULL,
	  "turn on smtp auth|authentication not allowed|authentication is required|"
	  "authentication failure|authentication failed|credentials invalid|"
	  "incorrect authentication|not authorized|delivery not authori|"
	  "authentication credentials",
	  NULL, VERDICT_POLICY, BROAD },
	{ "relay.auth", NULL,
	  "authentication required|must authenticate|please authenticate|auth required|"
	  "smtp auth",
	  NULL, VERDICT_RELAY_DENIED, BROAD },

	/* ---- nobody there ---- */
	{ "domain", NULL,
	  "host unknown|unknown host|host not found|no such domain|domain not found|"
	  "unknown domain|domain does not exist|domain doesn't exist|invalid domain|"
	  "unrouteable domain|unroutable domain|unrouteable mail domain|"
	  "domain is not reachable|nonexistent domain|domain unknown|bad destination system|"
	  "mail receiving disabled|nxdomain|name or service not known|"
	  "no route for current request|recipient domain|no such host|"
	  "domain mentioned in email address|host/domain|no host found|domain isn't hosted",
	  NULL, VERDICT_DOMAIN_NOT_FOUND, BROAD },
	{ "unknown", NULL,
	  "user unknown|unknown user|userunknown|no such user|no such recipient|"
	  "no such mailbox|no such address|no such person|no such account|no such id|"
	  "no mailbox|no user|mailbox not found|mailbox unknown|unknown mailbox|"
	  "mailbox does not exist|mailbox doesn't exist|mailbox invalid|invalid mailbox|"
	  "invalid recipient|recipient invalid|invalid-recipient|invalid user|"
	  "invalid address|address invalid|user invalid|recipient unknown|unknown recipient|"
	  "recipient not found|recipient not exist|recipient does not exist|"
	  "recipient doesn't exist|recipient not ok|recipient is not accepted|"
	  "user does not exist|user doesn't exist|user not found|user not active|"
	  "user not exist|account does not exist|account doesn't exist|account not found|"
	  "no account|account that you tried to reach does not exist|address does not exist|"
	  "address doesn't exist|address not found|address unknown|unknown address|"
	  "unknown local|unknown virtual|unknown or invalid|does not exist here|"
	  "doesn't exist here|not a known user|not a valid user|not a valid recipient|"
	  "not a valid mailbox|not a local address|not an active address|isn't a known|"
	  "not our customer|not known here|no longer exists|no valid recipient|"
	  "not listed in domino|public name & address book|mailbox unavailable|"
	  "mailbox unavaiable|mailbox is unavailable|mailbox not available|"
	  "undeliverable address|unrouteable address|unroutable address|address rejected|"
	  "bad destination mailbox|no existe|inconnu|unbekannt|nessun utente|"
	  "does not have an account|doesn't have a|badrcptto|user missing home|"
	  "recipient denied|rejected recipients|recipient is not allowed|"
	  "that recipient is not|refuses to accept your mail|email name is not found|"
	  "spectator does not|wrong or no longer|recipients was undeliverable|"
	  "can't accept user|malformed address|account unavailable|recipient unavailable|"
	  "recipient rejected|address is not valid|not found in directory|"
	  "not listed in the directory",
	  NULL, VERDICT_MAILBOX_UNKNOWN, BROAD },

	/* ---- network, then the other side's machine ---- */
	{ "network.expired", NULL,
	  "message expired|delivery expired|delivery time expired|queue expired|"
	  "queue too long|could not be delivered for|not delivered within|"
	  "after multiple retries|retry timeout|message delayed|journal messages past|"
	  "failing for a long time|retry time not reached",
	  NULL, VERDICT_NETWORK_ERROR, BROAD },
	{ "network.unreachable", NULL,
	  "connection timed out|timed out|connection refused|connection reset|"
	  "lost connection|connection closed|broken pipe|no route to host|"
	  "network is unreachable|host not reachable|host unreachable|"
	  "did not accept our requests to connect|establish an smtp connection|"
	  "could not connect|cannot connect|unable to connect|server did not respond|"
	  "timeout - closing|failed to connect|no valid route|failed to deliver to domain|"
	  "address family mismatch|could not find a gateway|retrieve source address",
	  NULL, VERDICT_NETWORK_ERROR, BROAD },
	{ "system", NULL,
	  "system error|internal error|local error|configuration error|misconfigured|"
	  "system incorrectly configured|insufficient system|insufficient storage|"
	  "system full|service not available|service unavailable|"
	  "service currently unavailable|temporarily unavailable|temporary failure|"
	  "temporary error|temporary problem|temporary local problem|"
	  "temporary system problem|server error|processing error|insufficient permission|"
	  "ldap|mailer error|command failed|local delivery failed|command died|can't create|"
	  "couldn't create|unable to process|backend|try again later|"
	  "policy size per transaction|queue file write|pipe to|database|"
	  "resources temporarily|server internal|timeout waiting|failed to be replicated|"
	  "failure on relaying|mta failure|no mdb|qmail-forward|lmtp error|homedir|"
	  "multiple destination domains|procmail|maildrop",
	  NULL, VERDICT_SYSTEM_ERROR, BROAD },
	{ "protocol", NULL,
	  "syntax error|bad sequence|improper sequence|unrecognized command|"
	  "unimplemented command|command not recognized|command not implemented|"
	  "unknown command|need mail command|need rcpt|send hello first|out of sequence|"
	  "command unrecognized|invalid command|mail first|rcpt first|parameters allowed|"
	  "angle-brackets|bad address syntax|unrecognized authentication type|"
	  "smtp protocol violation",
	  NULL, VERDICT_PROTOCOL_ERROR, BROAD },
	{ "policy", NULL,
	  "policy reasons|local policy|policy violation|policy reject|for policy|"
	  "content policy|against policy|organization policy|restricted by policy|"
	  "message filtered|members-only|not subscribed|user reject|user refuses|"
	  "blocked by the recipient|you have been blocked|header error|protocol violation|"
	  "spoofing policy|spoofing is not|security policy|prohibited by|"
	  "not accepting any mail|protected by|not allowed by policy|"
	  "administrative prohibition|administratively denied|administratively prohibited",
	  NULL, VERDICT_POLICY, BROAD },
	{ "block", NULL,
	  "client host rejected|access denied|host rejected|server access|"
	  "connection refused by|has been blocked|is blocked|blocked by|blocked for|"
	  "are blocked|not welcome|refused by",
	  NULL, VERDICT_REPUTATION_BLOCK, BROAD },
};
const size_t verdict_rules_count = sizeof verdict_rules / sizeof verdict_rules[0];
