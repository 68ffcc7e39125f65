/** oclif's own plugin for this says nothing in a pipe. */
import type { Hook } from '@oclif/core'
import { unknownCommand } from '../errors/unknown-command.js'

const hook: Hook.CommandNotFound = async ({ id, config }) => {
  throw unknownCommand(id, config)
}

export default hook
