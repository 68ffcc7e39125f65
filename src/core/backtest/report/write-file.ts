import { writeWhole as writeWholeFile } from '../../storage/whole-file.js'

/** A file that is there whole or not at all; its folder is made where it is missing. Throws `StorageError`. */
export function writeWhole(file: string, write: (descriptor: number) => void): void {
  writeWholeFile(file, 'Name another file; the result itself is stored: mts backtest list', write)
}
