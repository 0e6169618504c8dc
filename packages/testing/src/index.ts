export { directories, type UserChoices, users } from "./arbitraries/directory.ts"
export { type Law, LawBroken, type LawReport, type LawSettings, type Told } from "./laws/law.ts"
export { type LawSuite, lawSuites } from "./laws/law_suites.ts"
export { type Office, officeDirectory, type Person, passwordOf } from "./office/office.ts"
export { offices, persons } from "./office/office_arbitraries.ts"
export { officeLaw } from "./office/office_law_names.ts"
export { type OfficeSize, officeLaws, officeLawsOn, type WithOffice } from "./office/office_laws.ts"
export type { AgentMove, OfficeSystem, PbxMood, ServerView, Shown, Status } from "./office/office_system.ts"
export { raceLaw, raceLaws } from "./office/race_laws.ts"
export { outageLaw } from "./outage/outage_law_names.ts"
export { outageLaws } from "./outage/outage_laws.ts"
export { type PartingOptions, partingLaws } from "./parting/parting_laws.ts"
export { partitions } from "./parting/partition_arbitraries.ts"
export { maySee, type PartedList, type Partition, placeOf, type Subject } from "./parting/specification.ts"
export { type BrokenPresenceGroup, brokenPresenceGroups, presenceDefects } from "./presence/broken_groups.ts"
export { groupLaws } from "./presence/group_laws.ts"
export { machineLaws } from "./presence/machine_laws.ts"
export {
  presenceEvents,
  presenceGroups,
  presenceRuleChoices,
  presenceStories
} from "./presence/presence_arbitraries.ts"
export { type PresenceText, presenceGroup } from "./presence/presence_group.ts"
export { presenceLaws } from "./presence/presence_laws.ts"
export {
  type PresenceMachine,
  PresenceStory,
  type PresenceTale,
  type StoryEvent,
  type StoryStep
} from "./presence/presence_story.ts"
export { type Specified, specified } from "./presence/specification.ts"
