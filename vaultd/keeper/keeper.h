/*
 * The keeper: the one process that ever holds a vault key.
 */
#ifndef KEEPER_KEEPER_H
#define KEEPER_KEEPER_H

/*
 * Run the keeper in a process that process_start made and process_enter opened: main's channel
 * is CHILD_CHANNEL (START comes first, then a GATE for each gate), CHILD_FIRST the directory of
 * the store, CHILD_SECOND that of the audit file.  Returns the exit status: 0 after STOP.
 */
int keeper_main(void);

#endif
