# Compiles a program and runs it.
#   cmake -D "COMMAND=compiler;arguments" -D PROGRAM=... -P compile_and_run.cmake
execute_process(COMMAND ${COMMAND} -o ${PROGRAM} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${PROGRAM} COMMAND_ERROR_IS_FATAL ANY)
