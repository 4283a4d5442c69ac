// Loaded into the program's process first: should the engine's process be killed, the channel between the two breaks and the
// program ends, instead of waiting for ever for a monitor that is gone. The channel itself keeps nothing alive.
process.on("disconnect", () => process.exit(1));
process.channel?.unref();
