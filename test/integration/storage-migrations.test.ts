import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { migrate, migrateDatabase } from '../../src/core/storage/migrate.js'
import { MIGRATIONS, SCHEMA_VERSION } from '../../src/core/storage/migrations/index.js'
import { openReader } from '../../src/core/storage/reader.js'
import { sample, temporaryFolder, watchedStore } from '../support/storage.js'

const OPTIONS = { appliedAt: 1_767_312_000_000, programVersion: '1.2.3' }

let folder = temporaryFolder()
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => folder.remove())

function schemaOf(file: string): unknown {
  const db = new Database(file, { readonly: true })
  const schema = db.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY type, name').all()
  db.close()
  return schema
}

function change(file: string, sql: string): void {
  const db = new Database(file)
  db.exec(sql)
  db.close()
}

describe('migrating', () => {
  it('creates the directory and the newest schema, and remembers who applied each step and when', () => {
    const file = folder.file('data/deep/crypto_data.db')
    const report = migrate(file, OPTIONS)
    expect(report).toEqual({ from: 0, to: SCHEMA_VERSION, migrations: MIGRATIONS.map(({ number, name }) => ({ number, name })) })
    const db = new Database(file, { readonly: true })
    expect(db.prepare('SELECT number, checksum, applied_at, program_version FROM migrations ORDER BY number').all()).toEqual(
      MIGRATIONS.map(({ number, checksum }) => ({ number, checksum, applied_at: OPTIONS.appliedAt, program_version: '1.2.3' })),
    )
    db.close()
  })

  it('is numbered without holes and does nothing the second time', () => {
    expect(MIGRATIONS.map(({ number }) => number)).toEqual(MIGRATIONS.map((_, index) => index + 1))
    const file = folder.file('a.db')
    migrate(file, OPTIONS)
    expect(migrate(file, OPTIONS)).toEqual({ from: SCHEMA_VERSION, to: SCHEMA_VERSION, migrations: [] })
  })

  it.each(MIGRATIONS.slice(0, -1).map(({ number }) => number))(
    'comes from schema %i to the very schema of a fresh database',
    (to) => {
      const [old, fresh] = [folder.file('old.db'), folder.file('fresh.db')]
      expect(migrate(old, { ...OPTIONS, to })).toMatchObject({ from: 0, to })
      expect(migrate(old, OPTIONS)).toMatchObject({ from: to, to: SCHEMA_VERSION })
      migrate(fresh, OPTIONS)
      expect(schemaOf(old)).toEqual(schemaOf(fresh))
    },
  )

  it('plans without touching anything', () => {
    const file = folder.file('none/a.db')
    expect(migrate(file, { ...OPTIONS, dryRun: true })).toMatchObject({ from: 0, to: SCHEMA_VERSION })
    expect(existsSync(path.dirname(file))).toBe(false)

    const old = folder.file('old.db')
    migrate(old, { ...OPTIONS, to: 1 })
    const before = readFileSync(old)
    expect(migrate(old, { ...OPTIONS, to: 2, dryRun: true })).toMatchObject({ from: 1, to: 2, migrations: [{ number: 2 }] })
    expect(readFileSync(old).equals(before)).toBe(true)
  })

  it('refuses to go back or beyond what it knows', () => {
    const file = folder.file('a.db')
    migrate(file, { ...OPTIONS, to: 2 })
    for (const to of [1, SCHEMA_VERSION + 1, 1.5]) {
      expect(() => migrate(file, { ...OPTIONS, to })).toThrow(expect.objectContaining({ code: 'USAGE_MIGRATION', exitCode: 2 }))
    }
  })

  it('leaves the database as it was when a step fails half way', () => {
    const file = folder.file('a.db')
    migrate(file, { ...OPTIONS, to: 1 })
    const before = schemaOf(file)
    const broken = { number: 2, name: 'broken', sql: 'CREATE TABLE half (a); CREATE TABLE half (a);', checksum: 'x' }
    const db = new Database(file)
    const [first] = MIGRATIONS
    expect(first).toBeDefined()
    const run = (): unknown => migrateDatabase(db, OPTIONS, first === undefined ? [] : [first, broken])
    expect(run).toThrow(expect.objectContaining({ code: 'STORAGE_MIGRATION', exitCode: 74 }))
    db.close()
    expect(schemaOf(file)).toEqual(before)
  })
})

describe('a database that cannot be used says why', () => {
  const cases: [string, string, (file: string) => void][] = [
    ['newer than the program', 'STORAGE_NEWER', (file) => insertFuture(file)],
    [
      'made by other migrations',
      'STORAGE_CHECKSUM',
      (file) => change(file, "UPDATE migrations SET checksum = 'f00' WHERE number = 1"),
    ],
    ['that lacks a step', 'STORAGE_CHECKSUM', (file) => change(file, 'DELETE FROM migrations WHERE number = 1')],
    ['of another program', 'STORAGE_FOREIGN', (file) => change(file, 'DROP TABLE migrations')],
    ['that is no database', 'STORAGE_NOT_A_DATABASE', (file) => writeFileSync(file, 'timestamp,open,high\n'.repeat(500))],
    ['that is damaged', 'STORAGE_CORRUPT', (file) => truncateSync(file, 4096)],
  ]

  it.each(cases)('%s: %s', async (_name, code, damage) => {
    const file = folder.file('a.db')
    migrate(file, OPTIONS)
    damage(file)
    const expected = expect.objectContaining({ code, exitCode: 74, suggestions: expect.arrayContaining([expect.any(String)]) })
    expect(() => migrate(file, OPTIONS)).toThrow(expected)
    expect(() => migrate(file, { ...OPTIONS, dryRun: true })).toThrow(expected)
    expect(() => openReader(file)).toThrow(expected)
    await expect(watchedStore(file)).rejects.toEqual(expected)
  })

  function insertFuture(file: string): void {
    change(file, `INSERT INTO migrations VALUES (${SCHEMA_VERSION + 1}, 'future', 'abc', 1, '9.0.0')`)
  }

  it('newer ones name the version that made them', () => {
    const file = folder.file('a.db')
    migrate(file, OPTIONS)
    insertFuture(file)
    expect(() => migrate(file, OPTIONS)).toThrow(
      expect.objectContaining({ suggestions: expect.arrayContaining(['Use mts 9.0.0 or newer']) }),
    )
  })

  it('locked by another program', async () => {
    const file = folder.file('a.db')
    migrate(file, { ...OPTIONS, to: 1 })
    const other = new Database(file)
    other.exec('BEGIN IMMEDIATE')
    const locked = expect.objectContaining({ code: 'STORAGE_LOCKED', exitCode: 74 })
    expect(() => migrate(file, { ...OPTIONS, busyTimeoutMs: 20 })).toThrow(locked)
    await expect(watchedStore(file, { busyTimeoutMs: 20 })).rejects.toEqual(locked)
    other.close()
    expect(migrate(file, OPTIONS)).toMatchObject({ from: 1, to: SCHEMA_VERSION })
  })

  it('in a place where no file can be', () => {
    writeFileSync(folder.file('file'), '')
    expect(() => migrate(folder.file('file/a.db'), OPTIONS)).toThrow(expect.objectContaining({ code: 'STORAGE_OPEN' }))
    expect(() => openReader(folder.file('none.db'))).toThrow(expect.objectContaining({ code: 'STORAGE_MISSING' }))
  })

  it('to read from one that is too old says to migrate, and its status still tells what is pending', () => {
    const file = folder.file('a.db')
    migrate(file, { ...OPTIONS, to: 1 })
    const reader = openReader(file)
    expect(() => reader.fundingRates()).toThrow(expect.objectContaining({ code: 'STORAGE_OUTDATED' }))
    expect(reader.status()).toMatchObject({ schemaVersion: 1, pending: MIGRATIONS.slice(1).map(({ number }) => ({ number })) })
    reader.close()
  })
})

describe('several programs that open a new database at once', () => {
  const children: ChildProcess[] = []
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
  })

  it('share the steps: each is applied exactly once and all go on', async () => {
    const file = folder.file('a.db')
    const script = path.resolve(import.meta.dirname, '../support/storage-child.ts')
    for (let count = 0; count < 3; count++) {
      children.push(spawn(process.execPath, ['--import', 'tsx', script, 'migrate', file], { stdio: ['pipe', 'pipe', 'inherit'] }))
    }
    await Promise.all(children.map((child) => once(child.stdout ?? child, 'data')))
    const answers = children.map((child) => once(child.stdout ?? child, 'data'))
    for (const child of children) child.stdin?.write('go\n')
    const reports = (await Promise.all(answers)).map(
      ([line]) => JSON.parse(String(line)) as { to: number; migrations: { number: number }[] },
    )
    expect(reports.map(({ to }) => to)).toEqual([SCHEMA_VERSION, SCHEMA_VERSION, SCHEMA_VERSION])
    const applied = reports.flatMap(({ migrations }) => migrations.map(({ number }) => number)).sort((a, b) => a - b)
    expect(applied).toEqual(MIGRATIONS.map(({ number }) => number))
  })

  it('a store migrates by itself on first use', async () => {
    const file = folder.file('data/crypto_data.db')
    const { store } = await watchedStore(file)
    store.write('order_book_samples', sample(1))
    await store.close()
    expect(migrate(file, OPTIONS).from).toBe(SCHEMA_VERSION)
  })
})
